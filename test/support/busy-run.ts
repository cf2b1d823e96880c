/**
 * The page of a busy run on the coordinator's real server: a thousand queries a second on two hundred workers. Behind the
 * server nothing is real but the arithmetic: results are drawn, and a real fold makes the live figures of them.
 */

import { join } from "node:path";
import { Registry } from "prom-client";
import type { Bucket, Bus } from "../../libs/bus/bus.ts";
import { createRunFold, type RunFold } from "../../libs/fold/run-fold.ts";
import { phaseOf, queryAt } from "../../libs/load/mix.ts";
import { type OpenPlan, stretchOf } from "../../libs/load/plan.ts";
import { below, type Random, randomFor } from "../../libs/load/random.ts";
import { namesFor } from "../../libs/protocol/names.ts";
import type { Heartbeat } from "../../libs/protocol/node.ts";
import type { RanResult } from "../../libs/protocol/result.ts";
import { RunEvent, RunRecord } from "../../libs/protocol/run.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { createServiceApp, listen } from "../../libs/runtime/http.ts";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { Tally } from "../../libs/stats/tally.ts";
import { liveOf } from "../../services/aggregator/live.ts";
import { admitAll } from "../../services/coordinator/api/guard.ts";
import { addApi } from "../../services/coordinator/api/http/api.ts";
import { addPanel } from "../../services/coordinator/api/http/panel.ts";
import { createLiveBook } from "../../services/coordinator/api/live-book.ts";
import { createLogBook } from "../../services/coordinator/api/log-book.ts";
import type { Verbs } from "../../services/coordinator/api/verbs/handlers.ts";
import { createNodeManager } from "../../services/coordinator/nodes/node-manager.ts";
import { config } from "./configs.ts";
import { ranOf } from "./results.ts";

export const BUSY = { queriesPerS: 1000, workers: 200, queries: 40, durationS: 1200 } as const;
export const BUSY_RUN = "busy";
/** One of those with the largest weight. */
export const HEAVY_QUERY = "query-6";

export interface BusyRun extends AsyncDisposable {
  readonly url: string;
  /** Lets a second of the run go by, and tells it to whoever listens. */
  advance(): void;
}

/** @param pastS seconds that have gone by before anybody looks */
export async function startBusyRun(pastS: number): Promise<BusyRun> {
  const t0Ms = systemClock.nowMs() - pastS * 1000;
  const course = createCourse(t0Ms);
  const lives = createLiveBook();
  const hearing = new Set<(data: Uint8Array) => void>();
  const events = eventsOf(t0Ms);
  for (const [at, event] of events.entries()) course.fold.addEvent(event, at + 1);

  function advance(): void {
    course.advance();
    const live = course.live();
    lives.add(live);
    const data = new TextEncoder().encode(JSON.stringify(live));
    for (const hear of hearing) hear(data);
  }

  for (let second = 0; second < pastS; second++) advance();
  const app = createServiceApp(systemClock, new Registry(), {
    ready: () => true,
    activeNodes: () => BUSY.workers,
    runningTasks: () => 1,
  });
  addPanel(app, join(PACKAGE_ROOT, "dist", "panel"));
  addApi(app, {
    ...{ verbs: verbsOf(t0Ms, course.statuses), guard: admitAll, prefix: "lb", clock: systemClock },
    ...{ bus: quietBus(events, hearing), runs: bucketOf(t0Ms), logs: createLogBook(), lives },
  });
  const server = await listen(app, "127.0.0.1", 0);
  return { url: server.url, advance, [Symbol.asyncDispose]: server.close };
}

/** The run itself, second by second. */
function createCourse(t0Ms: number) {
  const queries = Array.from({ length: BUSY.queries }, (_, at) => {
    return { name: `query-${at}`, template: "*", category: `category-${at % 4}`, weight: 1 + (at % 7) };
  });
  const workload = { model: "open", target_qps: BUSY.queriesPerS, duration: BUSY.durationS } as const;
  const fold = createRunFold(BUSY_RUN, config({ workload, queries }), 1);
  const random = randomFor(1, 1);
  const clock = { ...systemClock, nowMs: () => t0Ms + second * 1000 };
  const nodes = createNodeManager(clock, { joined: () => undefined, lost: () => undefined });
  let second = 0;
  let seq = 0;
  let beats: Heartbeat[] = [];

  return {
    fold,
    advance() {
      const plan = fold.plan as OpenPlan;
      for (let lane = 0; lane < plan.lanes; lane++)
        fold.addEntry(drawnResult(plan, { lane, window: second }, random), ++seq);
      second++;
      beats = Array.from({ length: BUSY.workers }, (_, at) => heartbeatOf(at, clock.nowMs(), random));
      for (const beat of beats) nodes.hear(beat);
      addReadings(fold, second, random);
    },
    live: () => liveOf(fold, clock.nowMs(), beats),
    statuses: nodes.statuses,
  };
}

/** What a leader reads every other second: the fleet, and the target's server. */
function addReadings(fold: RunFold, second: number, random: Random): void {
  if (second % 2 > 0) return;
  const flight = { workers: BUSY.workers, in_flight: 20 + below(random, 30), queued: below(random, 5) };
  fold.fleet.add({ second, ...flight, outstanding: 150 + below(random, 20) });
  const counted = { cpu_s: second * 1.5, queries: second * BUSY.queriesPerS };
  const values = { ...counted, executing: below(random, 16), places: 16 };
  const about = { v: 1, kind: "server", run: BUSY_RUN, lane: 0, epoch: 1, node: "leader" } as const;
  fold.servers.add({ ...about, samples: [{ server: 0, at_ms: second * 1000, values }] });
}

/** One query in a hundred fails; the others take some twenty milliseconds, and some of them many times that. */
function drawnResult(
  plan: OpenPlan,
  { lane, window }: { lane: number; window: number },
  random: Random,
): RanResult {
  const tally = new Tally(plan.queries);
  const phase = phaseOf(plan.mix, lane, plan.lanes);
  const { first } = stretchOf(plan, lane, window);
  for (const [index, atMs] of plan.arrivals.timesMs(lane, window).entries()) {
    const query = queryAt(plan.mix, phase, first + index);
    tally.plan(query);
    const isBad = below(random, 100) === 0;
    const sentMs = atMs + random();
    const doneMs = sentMs + (5 + 15 * random()) / (1.02 - random());
    tally.sent({
      ...{ query, outcome: isBad ? "http_5xx" : "ok", sentMs, doneMs, bytes: 2000, rows: 20 },
      ...{ intendedMs: atMs, resent: false },
      ...(isBad && { error: { detail: "503", message: "too many requests", request: () => "GET /" } }),
    });
  }
  const told = { planned: tally.planned, cells: tally.toCells(), reasons: [], errors: tally.toErrors() };
  const node = nameOf(below(random, BUSY.workers));
  return { ...ranOf(plan, { lane, window }, told), run: BUSY_RUN, node };
}

const nameOf = (at: number) => `worker-${String(at).padStart(3, "0")}`;

function heartbeatOf(at: number, nowMs: number, random: Random): Heartbeat {
  return {
    ...{ v: 1, node_id: nameOf(at), pool: "default", pid: 1, host: "simulated", version: "0.1.0" },
    ...{ started_ms: 1, sent_ms: nowMs, draining: false, slots: 8, slots_busy: 1 + below(random, 3) },
    ...{ in_flight: below(random, 5), mustered: {}, held: { [BUSY_RUN]: ["0.1"] } },
    ...{ cpu_cores: random() / 2, rss_mb: 80 + below(random, 30), loop_delay_p99_ms: 1 + random() },
    ...{ lag_p99_ms: random(), clock_offset_ms: 0.2, clock_error_ms: 0.3 },
    capabilities: {
      ...{ max_concurrent_queries: 1024, supported_query_types: ["victorialogs"] },
      resources: { cpu_cores: 1, memory_mb: 2048 },
    },
  };
}

function eventsOf(t0Ms: number): RunEvent[] {
  const about = { v: 1, run: BUSY_RUN, at_ms: t0Ms, epoch: 1 };
  const joined = Array.from({ length: BUSY.workers }, (_, at) => ({ type: "node_joined", node: nameOf(at) }));
  const bodies = [
    { type: "accepted", name: "busy" },
    { type: "started", t0_ms: t0Ms, slots_held: BUSY.workers, nodes: [] },
    ...joined,
  ];
  return bodies.map((body) => RunEvent.parse({ ...about, ...body }));
}

function recordOf(t0Ms: number): RunRecord {
  return RunRecord.parse({
    ...{ v: 1, id: BUSY_RUN, name: "busy", model: "open", phase: "running", epoch: 1, revision: 1, seed: 1 },
    ...{ schedule_hash: "x", created_ms: t0Ms, t0_ms: t0Ms, slots_needed: 160, slots_held: 160 },
    duration_ms: BUSY.durationS * 1000,
  });
}

function bucketOf(t0Ms: number): Bucket {
  return { get: async () => ({ value: recordOf(t0Ms), revision: 1 }) } as unknown as Bucket;
}

/** What the panel asks for besides the stream; nothing else is answered. */
function verbsOf(t0Ms: number, statuses: () => object[]): Verbs {
  const verbs = {
    "run.get": async () => recordOf(t0Ms),
    "run.list": async () => ({ runs: [recordOf(t0Ms)] }),
    "node.list": async () => ({ nodes: statuses() }),
    "note.list": async () => ({ notes: [] }),
  };
  return verbs as unknown as Verbs;
}

/** A bus of which a run's listeners need two things: what is live, and the log of events. */
function quietBus(events: readonly RunEvent[], hearing: Set<(data: Uint8Array) => void>): Bus {
  const names = namesFor("lb");
  const told = events.map((event, at) => {
    return { seq: at + 1, subject: "", data: new TextEncoder().encode(JSON.stringify(event)) };
  });
  const bus = {
    names,
    subscribe(subject: string, hear: (data: Uint8Array) => void) {
      if (subject === names.subjects.live(BUSY_RUN)) hearing.add(hear);
      return { close: () => hearing.delete(hear) };
    },
    read: async (_stream: string, _subject: string, fromSeq: number, limit: number) =>
      told.slice(fromSeq - 1, fromSeq - 1 + limit),
  };
  return bus as unknown as Bus;
}
