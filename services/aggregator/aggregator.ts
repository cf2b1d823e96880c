/** The aggregator: follows the logs, folds each run, publishes live figures, and stores the report of a complete run. */

import type { Bucket, Bus, Objects } from "../../libs/bus/bus.ts";
import type { ResultsFolder } from "../../libs/processors/files.ts";
import { parseMessage, parseObject } from "../../libs/protocol/door.ts";
import { messageOf } from "../../libs/protocol/errors.ts";
import { Heartbeat, NODE_TIMEOUT_MS } from "../../libs/protocol/node.ts";
import { type LogEntry, readLogEntry } from "../../libs/protocol/result.ts";
import { isFinal, RunEvent, RunRecord, runKey } from "../../libs/protocol/run.ts";
import type { Clock } from "../../libs/runtime/clock.ts";
import type { Log } from "../../libs/runtime/log.ts";
import { announceCrossing, announceReport, storeReport } from "./finish.ts";
import { liveOf } from "./live.ts";
import { createLiveRuns, type LiveRun, type LiveRuns, type RunMessage } from "./live-runs.ts";
import type { AggregatorMetrics } from "./metrics.ts";
import { createProcessing, type ProcessorSource } from "./processing/processing.ts";
import { startSnapshotRounds } from "./snapshot-rounds.ts";
import { createSnapshots, type Places } from "./snapshots.ts";

export interface AggregatorParts extends ResultsFolder {
  readonly bus: Bus;
  readonly runs: Bucket;
  readonly reports: Objects;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: AggregatorMetrics;
  readonly processors: ProcessorSource;
}

export interface Aggregator {
  activeNodes(): number;
  runningTasks(): number;
  close(): Promise<void>;
}

const LIVE_INTERVAL_MS = 1000;

export async function startAggregator(parts: AggregatorParts): Promise<Aggregator> {
  const { bus, clock, log, metrics } = parts;
  const { names } = bus;
  const nodes = new Map<string, { heartbeat: Heartbeat; heardMs: number }>();
  const finishing = new Set<string>();
  const announcing = new Set<string>();
  const snapshots = createSnapshots(parts.reports, log);
  const processing = createProcessing(parts);
  let heard: Places = { results: 0, events: 0 };

  function refuse(subject: string, reason: string, label: string): void {
    log.warn({ subject, reason }, "a message was refused");
    metrics.addRefused(subject.split(".").slice(0, 2).join("."), label);
  }

  function fold(run: LiveRun, message: RunMessage): void {
    const { fold } = run;
    if (message.kind === "entry") foldEntry(run, message.entry, message.seq);
    else if (message.kind === "unreadable") fold.addUnreadable(message.why, message.seq);
    else {
      fold.addEvent(message.event, message.seq);
      if (!fold.history.hasEnded()) return;
      if (message.event.type === "failed") processing.failed(run, message.event);
      letGo(fold.id);
    }
  }

  function foldEntry(run: LiveRun, entry: LogEntry, seq: number): void {
    const { fold } = run;
    const folded = fold.addEntry(entry, seq);
    if (folded.kind === "settled") processing.settled(run, folded.result, seq);
    if (folded.kind === "settled" && folded.result.kind === "ran") metrics.addSettled(fold, folded.result);
    if (folded.kind === "superseded") metrics.addSuperseded();
    if (folded.kind !== "refused") return;
    refuse(names.subjects.result(entry.run, entry.lane), `not credible: ${folded.why}`, folded.why);
  }

  function letGo(run: string): void {
    runs.close(run);
    void snapshots.drop(run);
  }

  function finishIfComplete(run: LiveRun): void {
    const { id } = run.fold;
    if (!run.fold.isComplete() || finishing.has(id)) return;
    finishing.add(id);
    storeReport(parts, run)
      .then(async (report) => {
        await announceReport(parts, report, run.record.epoch);
        processing.reported(run, report);
        letGo(id);
      })
      // The next tick tries again.
      .catch((error: unknown) =>
        log.error({ run_id: id, err: messageOf(error) }, "the run has no report yet"),
      )
      .finally(() => finishing.delete(id));
  }

  /** The word is out when it comes back in the log; until then the next tick tries again. */
  function announceIfCrossed(run: LiveRun): void {
    const { id, thresholds, history } = run.fold;
    const crossing = thresholds.crossing();
    const isTold = history.crossed() ?? history.stoppedMs() ?? history.drained();
    if (!crossing || isTold !== undefined || announcing.has(id)) return;
    announcing.add(id);
    announceCrossing(parts, run, crossing)
      .catch((error: unknown) => log.error({ run_id: id, err: messageOf(error) }, "not announced"))
      .finally(() => announcing.delete(id));
  }

  function livingNodes(): Heartbeat[] {
    const nowMs = clock.nowMs();
    for (const [id, { heardMs }] of nodes) if (nowMs - heardMs > NODE_TIMEOUT_MS) nodes.delete(id);
    return [...nodes.values()].map(({ heartbeat }) => heartbeat);
  }

  function tick(): void {
    const living = livingNodes();
    const live = runs.all().map((run) => liveOf(run.fold, clock.nowMs(), living));
    for (const figures of live) bus.publish(names.subjects.live(figures.run), figures);
    metrics.showLive(live);
    for (const run of runs.all()) {
      processing.tick(run, clock.nowMs());
      announceIfCrossed(run);
      finishIfComplete(run);
    }
  }

  function hearEvent(data: Uint8Array, subject: string, seq: number): void {
    heard = { ...heard, events: seq };
    if (runs.isIgnored(names.runOf(subject))) return;
    const parsed = parseMessage(RunEvent, data);
    if (!parsed.ok) refuse(subject, parsed.reason, "schema");
    else if (subject !== names.subjects.event(parsed.value.run, parsed.value.type))
      refuse(subject, "is not its subject", "subject");
    else runs.push(parsed.value.run, { kind: "event", event: parsed.value, seq });
  }

  function hearResult(data: Uint8Array, subject: string, seq: number): void {
    heard = { ...heard, results: seq };
    const run = names.runOf(subject);
    if (runs.isIgnored(run)) return;
    const entry = readLogEntry(names, data, subject);
    if (entry.kind === "unreadable") {
      refuse(subject, entry.reason, entry.why);
      runs.push(run, { kind: "unreadable", why: entry.why, seq });
    } else {
      runs.push(run, { kind: "entry", entry, seq });
    }
  }

  const runs = createLiveRuns({
    ...{ runs: parts.runs, reports: parts.reports, snapshots, clock, log, onOpen: processing.owe },
    onMessage: fold,
    onCaughtUp: finishIfComplete,
    onReported(record, report) {
      announceReport(parts, report, record.epoch)
        .then(() => snapshots.drop(record.id))
        .catch((error: unknown) => log.error({ run_id: record.id, err: messageOf(error) }, "not announced"));
    },
    onRefused: (run, why) => refuse(names.subjects.event(run, "*"), why, "unknown_run"),
  });
  heard = await openLiveRuns(parts, runs);
  // What is owed may take its time.
  void processing.resume();
  const { streams, subjects } = names;
  const followers = [
    await bus.follow(streams.events, subjects.allEvents, heard.events + 1, hearEvent),
    await bus.follow(streams.results, subjects.allResults, heard.results + 1, hearResult),
  ];
  const heartbeats = bus.subscribe(names.subjects.allHeartbeats, (data, subject) => {
    const parsed = parseMessage(Heartbeat, data);
    if (parsed.ok) nodes.set(parsed.value.node_id, { heartbeat: parsed.value, heardMs: clock.nowMs() });
    else refuse(subject, parsed.reason, "schema");
  });
  const cancelTicks = clock.every(LIVE_INTERVAL_MS, tick);
  const rounds = startSnapshotRounds(clock, snapshots, runs.all, () => heard);

  async function close(): Promise<void> {
    cancelTicks();
    rounds.stop();
    heartbeats.close();
    await processing.close();
    await Promise.all(followers.map((follower) => follower.close()));
  }

  return { activeNodes: () => livingNodes().length, runningTasks: () => runs.all().length, close };
}

/** Records that are read at once at the start. */
const READ_AT_ONCE = 50;

/**
 * Opens the runs that are not over.
 * @returns the places behind which the logs are to be read: where the snapshots of all of them are, or the beginning where
 *   one has none; where no run is live, the logs' ends
 */
async function openLiveRuns({ bus, runs: bucket }: AggregatorParts, runs: LiveRuns): Promise<Places> {
  const { streams } = bus.names;
  // First, so that a run that is not in the list yet has all its messages behind these places.
  const end = { results: await bus.lastSeq(streams.results), events: await bus.lastSeq(streams.events) };
  const keys = await bucket.keys(runKey("*"));
  const places: Places[] = [end];
  for (let at = 0; at < keys.length; at += READ_AT_ONCE) {
    const opened = keys.slice(at, at + READ_AT_ONCE).map(async (key) => {
      const record = parseObject(RunRecord, (await bucket.get(key))?.value);
      return record.ok && !isFinal(record.value.phase) ? runs.open(record.value.id) : undefined;
    });
    places.push(...(await Promise.all(opened)).filter((place) => place !== undefined));
  }
  return {
    results: Math.min(...places.map(({ results }) => results)),
    events: Math.min(...places.map(({ events }) => events)),
  };
}
