/** What the leading coordinator does, from taking the lease to losing it. */

import { type Bucket, type Bus, type Objects, reportName } from "../../libs/bus/bus.ts";
import { parseObject } from "../../libs/protocol/door.ts";
import { LogburstError, messageOf } from "../../libs/protocol/errors.ts";
import type { Heartbeat } from "../../libs/protocol/node.ts";
import { isFinal, type RunEvent, RunRecord, runKey } from "../../libs/protocol/run.ts";
import type { Clock } from "../../libs/runtime/clock.ts";
import type { Log } from "../../libs/runtime/log.ts";
import { openInbox } from "./inbox.ts";
import { acceptRun, type IntakeParts } from "./intake.ts";
import type { CoordinatorMetrics } from "./metrics.ts";
import { createNodeManager, type NodeManager } from "./node-manager.ts";
import { failOrphans } from "./orphans.ts";
import { createRunDriver, type RunDriver } from "./run-driver.ts";

export interface LeadershipParts {
  readonly bus: Bus;
  readonly runs: Bucket;
  readonly reports: Objects;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: CoordinatorMetrics;
  readonly sealKey: string | undefined;
  readonly random: () => number;
  readonly epoch: number;
}

/** The verbs that REST and NATS both offer. */
export interface Leadership {
  readonly nodes: NodeManager;
  create(text: string): Promise<RunRecord>;
  stop(id: string, reason: string): RunRecord;
  get(id: string): Promise<RunRecord>;
  list(): Promise<RunRecord[]>;
  report(id: string): Promise<string>;
  drivers(): RunDriver[];
  close(): Promise<void>;
}

const MAX_LIVE_RUNS = 16;
const TICK_MS = 50;
const BEACON_MS = 1000;
/** Runs that a list shows. */
const MAX_LISTED = 500;
const EVENT_TRIES = 20;

export async function lead(parts: LeadershipParts): Promise<Leadership> {
  const { bus, runs, clock, log, metrics, epoch } = parts;
  const live = new Map<string, RunDriver>();
  const pools = createPools(bus, log);
  const intake: IntakeParts = { bus, runs, clock, sealKey: parts.sealKey, random: parts.random };
  const nodes = createNodeManager(clock, {
    joined(heartbeat) {
      log.info(
        { node: heartbeat.node_id, slots: heartbeat.slots, pool: heartbeat.pool },
        "a worker is there",
      );
      pools.add(heartbeat.pool);
      for (const driver of live.values()) driver.nodeJoined(heartbeat);
    },
    lost(heartbeat) {
      log.warn({ node: heartbeat.node_id, slots_busy: heartbeat.slots_busy }, "a worker fell silent");
      for (const driver of live.values()) driver.nodeLost(heartbeat);
    },
  });

  function tick(): void {
    nodes.sweep();
    for (const [id, driver] of live) {
      driver.tick();
      if (isFinal(driver.record().phase)) live.delete(id);
    }
  }

  function beacon(): void {
    for (const driver of live.values()) driver.beacon();
  }

  async function create(text: string): Promise<RunRecord> {
    if (live.size >= MAX_LIVE_RUNS) {
      throw new LogburstError("too_many_runs", `${live.size} runs are live, which is the most`, {
        remedies: ["wait for one to end, or stop one"],
      });
    }
    const { record, config, plan } = await acceptRun(intake, text, epoch);
    const { id, name } = record;
    const event: RunEvent = { v: 1, run: id, at_ms: clock.nowMs(), epoch, type: "accepted", name };
    await bus.append(bus.names.subjects.event(id, "accepted"), event, {
      id: `${id}.accepted`,
      tries: EVENT_TRIES,
    });
    const driver = createRunDriver({ bus, runs, clock, log, nodes, metrics }, record, config, plan);
    live.set(id, driver);
    driver.begin();
    log.info({ run_id: id, model: record.model, slots_needed: record.slots_needed }, "run accepted");
    return driver.record();
  }

  await failOrphans(parts, epoch);
  const inbox = await openInbox(bus, {
    result: (result, seq) => live.get(result.run)?.addResult(result, seq),
    reported: ({ run, verdict, verdict_reasons: reasons }) => live.get(run)?.reported(verdict, reasons),
    heartbeat(heartbeat: Heartbeat) {
      nodes.hear(heartbeat);
      tick();
    },
    live: metrics.sawLive,
    deadSlice(seq, reason) {
      for (const driver of live.values()) driver.addDeadSlice(seq, reason);
    },
    request: create,
    refused(subject, reason) {
      log.warn({ subject, reason }, "a message was refused");
      metrics.refused(subject.split(".").slice(0, 2).join("."), "schema");
    },
    now: clock.nowMs,
  });
  const cancels = [clock.every(TICK_MS, tick), clock.every(BEACON_MS, beacon)];

  return {
    nodes,
    create,
    ...readingVerbs(parts, live),
    stop(id, reason) {
      const driver = live.get(id);
      if (!driver) {
        throw new LogburstError("conflict", `run ${id} is not live`, {
          remedies: ["ask for its state; it may be over"],
        });
      }
      driver.stop(reason);
      return driver.record();
    },
    drivers: () => [...live.values()],
    async close() {
      for (const cancel of cancels) cancel();
      await inbox.close();
    },
  };
}

/** The verbs that change nothing. */
function readingVerbs(
  { runs, reports }: LeadershipParts,
  live: ReadonlyMap<string, RunDriver>,
): Pick<Leadership, "get" | "list" | "report"> {
  async function get(id: string): Promise<RunRecord> {
    const driver = live.get(id);
    if (driver) return driver.record();
    const parsed = parseObject(RunRecord, (await runs.get(runKey(id)).catch(() => undefined))?.value);
    if (parsed.ok) return parsed.value;
    throw new LogburstError("not_found", `there is no run ${id}`, { remedies: ["list the runs"] });
  }

  return {
    get,
    async list() {
      const keys = (await runs.keys(runKey("*"))).slice(-MAX_LISTED);
      const ids = keys.map((key) => key.slice(runKey("").length));
      const records = await Promise.all(ids.map((id) => get(id).catch(() => undefined)));
      return records.filter((record) => record !== undefined).sort((a, b) => b.created_ms - a.created_ms);
    },
    async report(id) {
      const text = await reports.get(reportName(id)).catch(() => undefined);
      if (text !== undefined) return text;
      throw new LogburstError("not_found", `run ${id} has no report`, {
        remedies: ["wait until the run is over"],
      });
    },
  };
}

/** Makes the queue's consumer of a pool when its first worker shows itself. */
function createPools(bus: Bus, log: Log) {
  const known = new Set<string>();
  return {
    add(pool: string): void {
      if (known.has(pool)) return;
      known.add(pool);
      bus.ensurePool(pool).catch((error: unknown) => {
        known.delete(pool);
        log.error({ pool, err: messageOf(error) }, "the pool's consumer could not be made");
      });
    },
  };
}
