/** One history from beginning to end: everything is started, asked for, broken and mended, and looked at after every event. */

import { randomFor } from "../../libs/load/random.ts";
import { isFinal } from "../../libs/protocol/run.ts";
import type { Log } from "../../libs/runtime/log.ts";
import { LEASE_KEY } from "../../services/coordinator/lease.ts";
import { createClient } from "./client.ts";
import { commandEndMs } from "./commands.ts";
import { endOf, inflict, timeOf } from "./inflict.ts";
import { checkEnd } from "./last-checks.ts";
import { createOracle, type Oracle, type Violation } from "./oracle.ts";
import { CHANCE, type Scenario } from "./scenario.ts";
import { createSchedule, eachEvent } from "./schedule.ts";
import { createTrace, type Trace } from "./trace.ts";
import { createWorld, type World } from "./world.ts";

export interface History {
  readonly scenario: Scenario;
  readonly fingerprint: string;
  readonly events: number;
  readonly virtualMs: number;
  readonly violations: readonly Violation[];
  readonly figures: Figures;
  readonly trace: Trace;
}

/** What came about in a history, for the summary of many. */
export interface Figures {
  readonly runs: number;
  readonly completed: number;
  readonly stopped: number;
  readonly aborted: number;
  readonly failed: number;
  readonly sent: number;
  readonly ok: number;
  readonly missed: number;
  readonly lost: number;
  readonly superseded: number;
  readonly untoldByDead: number;
  /** Changes of runs that came to hold. */
  readonly changes: number;
  /** Series that made all their runs. */
  readonly series: number;
}

/** After the last fault everything must be over within this; the longest limit of the protocol is a minute. */
const LIVENESS_MS = 180_000;
/** A rough network and a bad target stay so for this long after the last fault. */
const ROUGH_MS = 5000;
/** When all runs are over and the network is calm, late results may still come for so long. */
const LATE_LIMIT_MS = 30_000;
/** When all is over, nothing more comes for so long at least. */
const QUIET_MS = 500;
/** A history has no more events than this: a loop that goes nowhere in virtual time is a fault. */
const MAX_EVENTS = 400_000;

export const SILENT = new Proxy({}, { get: () => () => undefined }) as Log;

export async function runHistory(scenario: Scenario, log: Log = SILENT): Promise<History> {
  const schedule = createSchedule();
  const trace = createTrace(schedule.nowMs);
  const oracle = createOracle(scenario, trace, schedule.nowMs);
  const uncaught = (reason: unknown) =>
    oracle.accuse(
      "no-fault-uncaught",
      reason instanceof Error ? (reason.stack ?? reason.message) : String(reason),
    );
  process.on("unhandledRejection", uncaught);
  const world = createWorld(scenario, oracle, trace, schedule, log);
  const jitter = randomFor(scenario.seed, CHANCE.faults, 1);
  for (const node of world.nodes.values()) schedule.in(jitter() * 50, () => world.start(node));
  const client = createClient(world, oracle);
  for (const fault of scenario.faults) schedule.in(fault.atMs, () => inflict(world, oracle, client, fault));
  const events = await play(world, oracle);
  // What nobody caught shows itself when the event loop turns.
  await new Promise((resolve) => setImmediate(resolve));
  if (oracle.violations.length === 0) checkEnd(world, oracle);
  process.off("unhandledRejection", uncaught);
  return {
    scenario,
    fingerprint: trace.fingerprint(),
    events,
    virtualMs: schedule.nowMs(),
    violations: oracle.violations,
    figures: figuresOf(oracle),
    trace,
  };
}

/** Plays event by event until all is over, or can no longer be. @returns how many events there were */
function play(world: World, oracle: Oracle): Promise<number> {
  const { schedule, scenario } = world;
  const { orders, faults } = scenario;
  const askedMs = [...orders.map(({ atMs }) => atMs), ...scenario.commands.map(commandEndMs)];
  const calmMs = Math.max(...askedMs, ...faults.map(endOf)) + ROUGH_MS;
  const mendedMs = Math.max(...askedMs, ...faults.map(timeOf));
  schedule.in(calmMs, world.calm);
  let overMs = Number.POSITIVE_INFINITY;
  let quietMs = Number.POSITIVE_INFINITY;

  function isAtEnd(events: number): boolean {
    if (oracle.violations.length > 0) return true;
    const nowMs = schedule.nowMs();
    if (nowMs < mendedMs) return false;
    if (overMs === Number.POSITIVE_INFINITY && isOver(oracle, scenario)) overMs = nowMs;
    if (overMs === Number.POSITIVE_INFINITY) {
      if (nowMs <= calmMs + LIVENESS_MS && events <= MAX_EVENTS) return false;
      oracle.accuse("liveness", `not over ${LIVENESS_MS / 1000} s after the last fault: ${stateOf(oracle)}`);
      return true;
    }
    if (!owesNothing(world, oracle) || !isWhole(world)) quietMs = Number.POSITIVE_INFINITY;
    else if (quietMs === Number.POSITIVE_INFINITY) quietMs = nowMs;
    return nowMs > quietMs + QUIET_MS || nowMs > Math.max(calmMs, overMs) + LATE_LIMIT_MS;
  }
  return eachEvent(schedule, isAtEnd);
}

/** Whether every worker has told of all that it sent, and the aggregator of every run that is over. */
function owesNothing({ nodes }: World, { sentBooks, runs, toldEnds }: Oracle): boolean {
  for (const { id, record } of runs.values())
    if (record.t0_ms !== undefined && !toldEnds.has(id)) return false;
  for (const { process } of nodes.values())
    if (process?.isAlive() && sentBooks.untold(process) !== 0) return false;
  return true;
}

/** Every process is there again and does its work, and one of the coordinators leads. */
export function isWhole({ nodes, broker }: World): boolean {
  if (!broker.isUp() || !broker.lease.get(LEASE_KEY)) return false;
  for (const { process, link, leave, isLeaving } of nodes.values())
    if (!process?.isAlive() || process.isFrozen() || !link?.isUp() || !leave || isLeaving) return false;
  return true;
}

/** Every order has become a run, and every run and every series has ended. */
function isOver({ runs, series }: Oracle, { orders }: Scenario): boolean {
  if (runs.size < orders.length) return false;
  for (const { phase } of series.all.values()) if (phase === "running") return false;
  for (const { record } of runs.values()) if (!isFinal(record.phase)) return false;
  const all = [...runs.values()];
  return orders.every(({ url }) => all.some((run) => run.url === url));
}

function stateOf({ runs }: Oracle): string {
  return [...runs.values()].map(({ id, record }) => `${id} is ${record.phase}`).join(", ") || "no run";
}

function figuresOf({ runs, series, sentBooks }: Oracle): Figures {
  const all = [...runs.values()];
  const inPhase = (phase: string) => all.filter(({ record }) => record.phase === phase).length;
  const sum = (key: "ok" | "missed" | "lost" | "superseded") =>
    all.reduce((total, { fold }) => total + fold.ledger.line()[key], 0);
  const { sent, untoldByDead } = sentBooks.totals();
  return {
    runs: all.length,
    completed: inPhase("completed"),
    stopped: inPhase("stopped"),
    aborted: inPhase("aborted"),
    failed: inPhase("failed"),
    sent,
    ok: sum("ok"),
    missed: sum("missed"),
    lost: sum("lost"),
    superseded: sum("superseded"),
    untoldByDead,
    changes: all.reduce((total, { fold }) => total + fold.course.revised().changes.length, 0),
    series: [...series.all.values()].filter(({ phase }) => phase === "completed").length,
  };
}
