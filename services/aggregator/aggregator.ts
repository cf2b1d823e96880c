/** The aggregator: follows the logs, folds each run, publishes live figures, and stores the report of a complete run. */

import { type Bucket, type Bus, type Objects, reportName } from "../../libs/bus/bus.ts";
import { reportOf } from "../../libs/fold/report.ts";
import { parseMessage } from "../../libs/protocol/door.ts";
import { messageOf } from "../../libs/protocol/errors.ts";
import type { Names } from "../../libs/protocol/names.ts";
import { Heartbeat, NODE_TIMEOUT_MS } from "../../libs/protocol/node.ts";
import { LogEntry } from "../../libs/protocol/result.ts";
import { RunEvent } from "../../libs/protocol/run.ts";
import { type Clock, sleep } from "../../libs/runtime/clock.ts";
import type { Log } from "../../libs/runtime/log.ts";
import { maskConfig } from "../../libs/runtime/secrets.ts";
import { VERSION } from "../../libs/runtime/version.ts";
import { liveOf } from "./live.ts";
import { createLiveRuns, type LiveRun, type RunMessage } from "./live-runs.ts";
import type { AggregatorMetrics } from "./metrics.ts";
import { writeReportFiles } from "./report-files.ts";

export interface AggregatorParts {
  readonly bus: Bus;
  readonly runs: Bucket;
  readonly reports: Objects;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: AggregatorMetrics;
  readonly resultsDir: string;
}

export interface Aggregator {
  activeNodes(): number;
  runningTasks(): number;
  close(): Promise<void>;
}

const LIVE_INTERVAL_MS = 1000;
const EVENT_TRIES = 20;
const STORE_TRIES = 20;
const STORE_PAUSE_MS = 1000;

export async function startAggregator(parts: AggregatorParts): Promise<Aggregator> {
  const { bus, clock, log, metrics } = parts;
  const { names } = bus;
  const nodes = new Map<string, Heartbeat>();
  const finishing = new Set<string>();
  /** Up to where the log of results was heard. */
  let heardSeq = 0;

  function refuse(subject: string, reason: string, label: string): void {
    log.warn({ subject, reason }, "a message was refused");
    metrics.addRefused(subject.split(".").slice(0, 2).join("."), label);
  }

  function fold(run: LiveRun, message: RunMessage): void {
    const { fold } = run;
    if (message.kind === "entry") foldEntry(run, message.entry, message.seq);
    else if (message.kind === "unreadable") fold.addUnreadable(message.why, message.seq);
    else fold.addEvent(message.event, message.seq);
    const isOver =
      message.kind === "event" && (message.event.type === "failed" || message.event.type === "completed");
    if (isOver) runs.close(fold.id);
    if (!fold.isComplete(heardSeq) || finishing.has(fold.id)) return;
    finishing.add(fold.id);
    void finish(run);
  }

  function foldEntry({ fold }: LiveRun, entry: LogEntry, seq: number): void {
    const folded = fold.addEntry(entry, seq);
    if (folded.kind === "settled" && entry.kind === "ran") metrics.addSettled(fold, entry);
    if (folded.kind === "superseded") metrics.addSuperseded();
    if (folded.kind !== "refused") return;
    refuse(names.subjects.result(entry.run, entry.lane), `not credible: ${folded.why}`, folded.why);
  }

  async function finish(run: LiveRun): Promise<void> {
    const { id } = run.fold;
    const report = reportOf(run.fold, {
      shownConfig: maskConfig(run.document),
      warnings: run.record.warnings,
      versions: { logburst: VERSION, node: process.version, nats_server: bus.serverVersion },
    });
    await storeWithPatience(() => parts.reports.put(reportName(id), JSON.stringify(report)));
    await writeReportFiles(report, run.fold.config, parts.resultsDir, log);
    await bus.append(
      names.subjects.event(id, "reported"),
      {
        v: 1,
        run: id,
        at_ms: clock.nowMs(),
        epoch: run.record.epoch,
        type: "reported",
        verdict: report.verdict,
        verdict_reasons: report.verdict_reasons,
      } satisfies RunEvent,
      { id: `${id}.reported`, tries: EVENT_TRIES },
    );
    log.info({ run_id: id, verdict: report.verdict, ledger: report.ledger }, "report is stored");
    runs.close(id);
    finishing.delete(id);
  }

  async function storeWithPatience(store: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await store();
        return;
      } catch (error) {
        if (attempt >= STORE_TRIES) throw error;
        log.warn({ err: messageOf(error) }, "the report could not be stored yet");
        await sleep(clock, STORE_PAUSE_MS);
      }
    }
  }

  function livingNodes(): Heartbeat[] {
    const nowMs = clock.nowMs();
    for (const [id, { sent_ms: sentMs }] of nodes) if (nowMs - sentMs > NODE_TIMEOUT_MS) nodes.delete(id);
    return [...nodes.values()];
  }

  function tick(): void {
    const living = livingNodes();
    const live = runs.all().map((run) => liveOf(run.fold, clock.nowMs(), living));
    for (const figures of live) bus.publish(names.subjects.live(figures.run), figures);
    metrics.showWindows(live);
  }

  const runs = createLiveRuns(parts.runs, fold, (run, why) =>
    refuse(names.subjects.event(run, "*"), why, "unknown_run"),
  );
  const events = await bus.follow(
    names.streams.events,
    names.subjects.allEvents,
    "beginning",
    (data, subject, seq) => {
      const parsed = parseMessage(RunEvent, data);
      if (parsed.ok) runs.push(parsed.value.run, { kind: "event", event: parsed.value, seq });
      else refuse(subject, parsed.reason, "schema");
    },
  );
  const results = await bus.follow(
    names.streams.results,
    names.subjects.allResults,
    "beginning",
    (data, subject, seq) => {
      heardSeq = seq;
      const message = readEntry(names, data, subject, seq);
      if (message.kind === "unreadable") refuse(subject, message.reason, message.why);
      runs.push(names.runOf(subject), message);
    },
  );
  const heartbeats = bus.subscribe(names.subjects.allHeartbeats, (data, subject) => {
    const parsed = parseMessage(Heartbeat, data);
    if (parsed.ok) nodes.set(parsed.value.node_id, parsed.value);
    else refuse(subject, parsed.reason, "schema");
  });
  const cancelTick = clock.every(LIVE_INTERVAL_MS, tick);

  return {
    activeNodes: () => livingNodes().length,
    runningTasks: () => runs.all().length,
    async close() {
      cancelTick();
      heartbeats.close();
      await Promise.all([events.close(), results.close()]);
    },
  };
}

/** A message of the log of results. */
function readEntry(names: Names, data: Uint8Array, subject: string, seq: number): RunMessage {
  const parsed = parseMessage(LogEntry, data);
  if (!parsed.ok) return { kind: "unreadable", why: "schema", reason: parsed.reason, seq };
  const { run, lane } = parsed.value;
  if (subject === names.subjects.result(run, lane)) return { kind: "entry", entry: parsed.value, seq };
  return { kind: "unreadable", why: "subject", reason: "is not its subject", seq };
}
