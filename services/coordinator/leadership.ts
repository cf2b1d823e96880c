/** What the leading coordinator does, from taking the lease to losing it. */

import { type Bucket, type Objects, reportName } from "../../libs/bus/buckets.ts";
import type { Bus } from "../../libs/bus/connect.ts";
import { serve, subscribe } from "../../libs/bus/core.ts";
import { append, follow, type Queued, workThrough } from "../../libs/bus/log.ts";
import { ensurePool, purgeSlices } from "../../libs/bus/provision.ts";
import { validateConfig } from "../../libs/protocol/config/read.ts";
import { parseMessage, parseObject } from "../../libs/protocol/door.ts";
import { LogburstError, messageOf } from "../../libs/protocol/errors.ts";
import { Heartbeat } from "../../libs/protocol/node.ts";
import { Result } from "../../libs/protocol/result.ts";
import { isFinal, Live, RunEvent, RunRecord, runKey, specKey } from "../../libs/protocol/run.ts";
import type { Clock } from "../../libs/runtime/clock.ts";
import type { Log } from "../../libs/runtime/log.ts";
import { DeadAdvisory, reasonOf } from "./dead-slices.ts";
import { acceptRun, type IntakeParts } from "./intake.ts";
import type { CoordinatorMetrics } from "./metrics.ts";
import { createNodeManager, type NodeManager } from "./node-manager.ts";
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
  const { names } = bus;
  const live = new Map<string, RunDriver>();
  const pools = new Set<string>();
  const intake: IntakeParts = { bus, runs, clock, sealKey: parts.sealKey, random: parts.random };

  const nodes = createNodeManager(clock, {
    joined(heartbeat) {
      log.info(
        { node: heartbeat.node_id, slots: heartbeat.slots, pool: heartbeat.pool },
        "a worker is there",
      );
      if (!pools.has(heartbeat.pool)) {
        pools.add(heartbeat.pool);
        ensurePool(bus, heartbeat.pool).catch((error: unknown) =>
          log.error({ err: messageOf(error) }, "pool"),
        );
      }
      for (const driver of live.values()) driver.nodeJoined(heartbeat);
    },
    lost(heartbeat) {
      log.warn({ node: heartbeat.node_id, slots_busy: heartbeat.slots_busy }, "a worker fell silent");
      for (const driver of live.values()) driver.nodeLost(heartbeat);
    },
    changed: () => tick(),
  });

  function refuse(subject: string, reason: string): void {
    log.warn({ subject, reason }, "a message was refused");
    metrics.refused(subject.split(".").slice(0, 2).join("."), "schema");
  }

  function tick(): void {
    nodes.sweep();
    for (const [id, driver] of live) {
      driver.tick();
      if (isFinal(driver.record().phase)) live.delete(id);
    }
  }

  async function create(text: string): Promise<RunRecord> {
    if (live.size >= MAX_LIVE_RUNS) {
      throw new LogburstError("too_many_runs", `${live.size} runs are live, which is the most`, {
        remedies: ["wait for one to end, or stop one"],
      });
    }
    const { record, config, plan } = await acceptRun(intake, text, epoch);
    const driver = createRunDriver({ bus, runs, clock, log, nodes, metrics }, record, config, plan);
    const event: RunEvent = {
      v: 1,
      run: record.id,
      at_ms: clock.nowMs(),
      epoch,
      type: "accepted",
      name: record.name,
    };
    await append(bus, names.subjects.event(record.id, "accepted"), event, {
      id: `${record.id}.accepted`,
      tries: EVENT_TRIES,
    });
    live.set(record.id, driver);
    driver.begin();
    log.info({ run_id: record.id, model: record.model, slots_needed: record.slots_needed }, "run accepted");
    return driver.record();
  }

  /** A request from the queue: whatever becomes of it, it is done with. */
  async function takeRequest(message: Queued): Promise<void> {
    try {
      await create(Buffer.from(message.data).toString("utf8"));
    } catch (error) {
      if (error instanceof LogburstError && error.code === "too_many_runs") {
        message.giveBack(BEACON_MS);
        return;
      }
      refuse(message.subject, messageOf(error));
    }
    message.ack();
  }

  async function takeDead(message: Queued): Promise<void> {
    const parsed = parseMessage(DeadAdvisory, message.data);
    if (parsed.ok)
      for (const driver of live.values())
        driver.addDeadSlice(parsed.value.stream_seq, reasonOf(parsed.value));
    message.ack();
  }

  await failOrphans(parts);
  const following = [
    await follow(bus, names.streams.results, names.subjects.allResults, "now", (data, subject) => {
      const parsed = parseMessage(Result, data);
      if (parsed.ok) live.get(parsed.value.run)?.addResult(parsed.value);
      else refuse(subject, parsed.reason);
    }),
    await follow(bus, names.streams.events, names.subjects.eventsOfType("reported"), "now", (data) => {
      const parsed = parseMessage(RunEvent, data);
      if (!parsed.ok || parsed.value.type !== "reported") return;
      live.get(parsed.value.run)?.reported(parsed.value.verdict, parsed.value.verdict_reasons);
      tick();
    }),
    await workThrough(bus, names.streams.requests, names.consumers.coordinator, takeRequest),
    await workThrough(bus, names.streams.dead, names.consumers.coordinator, takeDead),
  ];
  const subscriptions = [
    subscribe(bus, names.subjects.allHeartbeats, (data, subject) => {
      const parsed = parseMessage(Heartbeat, data);
      if (parsed.ok) nodes.hear(parsed.value);
      else refuse(subject, parsed.reason);
    }),
    subscribe(bus, names.subjects.allLive, (data, subject) => {
      const parsed = parseMessage(Live, data);
      if (parsed.ok) metrics.sawLive(parsed.value);
      else refuse(subject, parsed.reason);
    }),
    serve(bus, names.subjects.time, () => ({ now_ms: clock.nowMs() })),
  ];
  const cancels = [
    clock.every(TICK_MS, tick),
    clock.every(BEACON_MS, () => {
      for (const driver of live.values()) driver.beacon();
    }),
  ];

  async function get(id: string): Promise<RunRecord> {
    const driver = live.get(id);
    if (driver) return driver.record();
    const parsed = parseObject(RunRecord, (await runs.get(runKey(id)).catch(() => undefined))?.value);
    if (parsed.ok) return parsed.value;
    throw new LogburstError("not_found", `there is no run ${id}`, { remedies: ["list the runs"] });
  }

  return {
    nodes,
    create,
    get,
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
    async list() {
      const keys = (await runs.keys(runKey("*"))).slice(-MAX_LISTED);
      const records = await Promise.all(
        keys.map((key) => get(key.replace(/^run\./, "")).catch(() => undefined)),
      );
      return records.filter((record) => record !== undefined).sort((a, b) => b.created_ms - a.created_ms);
    },
    async report(id) {
      const text = await parts.reports.get(reportName(id)).catch(() => undefined);
      if (text !== undefined) return text;
      throw new LogburstError("not_found", `run ${id} has no report`, {
        remedies: ["wait until the run is over"],
      });
    },
    drivers: () => [...live.values()],
    async close() {
      for (const cancel of cancels) cancel();
      for (const subscription of subscriptions) subscription.close();
      await Promise.all(following.map((follower) => follower.close()));
    },
  };
}

/** Runs that a leader before left unfinished: nobody drives them any more, so they have failed, and say so. */
async function failOrphans({ bus, runs, clock, log, epoch }: LeadershipParts): Promise<void> {
  for (const key of await runs.keys(runKey("*"))) {
    const parsed = parseObject(RunRecord, (await runs.get(key))?.value);
    if (!parsed.ok || isFinal(parsed.value.phase)) continue;
    const record = parsed.value;
    const failure = "the coordinator that led the run is gone";
    const spec = validateConfig((await runs.get(specKey(record.id, record.revision)))?.value);
    if (spec.ok) await purgeSlices(bus, spec.config.spec.workers.pool, record.id);
    await runs.put(key, { ...record, phase: "failed", failure, ended_ms: clock.nowMs() });
    const event: RunEvent = {
      v: 1,
      run: record.id,
      at_ms: clock.nowMs(),
      epoch,
      type: "failed",
      reason: failure,
    };
    await append(bus, bus.names.subjects.event(record.id, "failed"), event, {
      id: `${record.id}.failed.${epoch}`,
      tries: EVENT_TRIES,
    });
    log.warn({ run_id: record.id }, failure);
  }
}
