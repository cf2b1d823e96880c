/** One run as a fold over the logs: results and events go in, books and figures come out. Pure, but for what it is given. */

import {
  type ClosedPlan,
  type OpenPlan,
  type Plan,
  plannedDurationMs,
  planOf,
  slicesInLane,
} from "../load/plan.ts";
import { type Interval, levelAt } from "../load/profile.ts";
import { activeIntervals } from "../load/users.ts";
import { windowAt } from "../load/windows.ts";
import type { BenchmarkConfig } from "../protocol/config/schema.ts";
import type { ErrorEntry, RanResult, Result } from "../protocol/result.ts";
import type { RollingWindow, RunEvent } from "../protocol/run.ts";
import { addCell, createMeasures, type Measures } from "./figures.ts";
import { createLedger, type Ledger, type Settlement } from "./ledger.ts";
import { createNodes, type Nodes } from "./nodes.ts";
import { createTimeline, type Timeline, WINDOW_LENGTHS_S } from "./timeline.ts";
import { createUserTime, type UserTime } from "./user-time.ts";

type Drained = Extract<RunEvent, { type: "drained" }>;

/** An error as it is kept: one entry for each query, class and detail. */
export interface KeptError extends Omit<ErrorEntry, "samples"> {
  samples: { at_ms: number; node_id: string; message: string; request: string }[];
}

export interface RunFold {
  readonly id: string;
  readonly config: BenchmarkConfig;
  readonly plan: Plan;
  readonly seed: number;
  readonly ledger: Ledger;
  readonly measures: readonly Measures[];
  readonly nodes: Nodes;
  readonly timeline: Timeline;
  readonly userTime: UserTime | undefined;
  readonly errors: ReadonlyMap<string, KeptError>;
  readonly events: readonly RunEvent[];
  /** The run's start on the reference clock, once it is known. */
  t0Ms(): number | undefined;
  stoppedMs(): number | undefined;
  drained(): Drained | undefined;
  /** Everything that was published is settled, and nothing more will be. */
  isComplete(): boolean;
  refused(): number;
  addResult(result: Result): Settlement;
  addEvent(event: RunEvent): void;
  /** The load that the plan asks for at a time of the run. */
  loadAt(atMs: number): number;
  rollingWindows(nowMs: number): RollingWindow[];
}

/** Kinds of errors that a run keeps; more are counted in the ledger alone. */
const MAX_ERROR_KINDS = 500;
const SAMPLES_PER_ERROR = 3;
const MAX_EVENTS = 1000;
/** Rolling windows end this long before now: a result comes when its slice is over. */
const WINDOW_DELAY_MS = 3000;

export function createRunFold(id: string, config: BenchmarkConfig, seed: number): RunFold {
  const plan = planOf(config, seed);
  const ledger = createLedger(plan);
  const measures = Array.from({ length: plan.queries }, createMeasures);
  const nodes = createNodes();
  const timeline = createTimeline(plannedDurationMs(plan));
  const userTime = plan.model === "closed" ? createUserTime(plan) : undefined;
  const errors = new Map<string, KeptError>();
  const events: RunEvent[] = [];
  let t0Ms: number | undefined;
  let stoppedMs: number | undefined;
  let drained: Drained | undefined;
  let refused = 0;

  function addMeasures(result: RanResult): void {
    for (const cell of result.cells) {
      addCell(measures[cell.query] as Measures, cell);
      timeline.addCell(cell);
    }
    nodes.add(result);
    for (const error of result.errors) keepError(errors, error, result.node);
  }

  return {
    id,
    config,
    plan,
    seed,
    ledger,
    measures,
    nodes,
    timeline,
    userTime,
    errors,
    events,
    t0Ms: () => t0Ms,
    stoppedMs: () => stoppedMs,
    drained: () => drained,
    isComplete() {
      const published = drained?.slices_published.reduce((sum, count) => sum + count, 0);
      return published !== undefined && ledger.slicesSettled() >= published;
    },
    refused: () => refused,
    addResult(result) {
      const settlement = ledger.offer(result);
      if (settlement.kind === "refused") refused++;
      if (settlement.kind === "settled") {
        userTime?.add(result);
        if (result.kind === "ran") addMeasures(result);
      }
      if (settlement.kind === "superseded" && result.kind === "ran") nodes.addSuperseded(result);
      return settlement;
    },
    addEvent(event) {
      if (events.length < MAX_EVENTS) events.push(event);
      if (event.type === "started") t0Ms = event.t0_ms;
      if (event.type === "stopping") stoppedMs ??= event.run_ms;
      if (event.type === "drained") drained = event;
      if (event.type === "node_lost") nodes.lost(event.node);
    },
    loadAt: (atMs) => (plan.model === "count" ? plan.users : levelAt(plan.profile, atMs)),
    rollingWindows(nowMs) {
      const toS = Math.max(0, Math.floor((nowMs - WINDOW_DELAY_MS) / 1000));
      return WINDOW_LENGTHS_S.map((lengthS) => {
        const window = timeline.window(lengthS, toS);
        const slices = slicesOf(plan, ledger, window.from_s * 1000, window.to_s * 1000);
        return {
          ...window,
          slices_expected: slices.expected,
          slices_settled: slices.settled,
          complete: slices.settled === slices.expected,
        };
      });
    },
  };
}

/** How many slices reach into a stretch of the run, and how many of them are settled. */
function slicesOf(
  plan: Plan,
  ledger: Ledger,
  fromMs: number,
  toMs: number,
): { expected: number; settled: number } {
  if (plan.model === "count" || toMs <= fromMs) return { expected: 0, settled: 0 };
  let expected = 0;
  let settled = 0;
  for (let lane = 0; lane < plan.lanes; lane++) {
    const asked = stretchAsked(plan, lane, { startMs: fromMs, endMs: toMs });
    if (!asked) continue;
    const first = windowAt(plan.cuts, lane, asked.startMs);
    const last = Math.min(windowAt(plan.cuts, lane, asked.endMs - 1), slicesInLane(plan, lane) - 1);
    expected += last - first + 1;
    settled += Math.max(0, Math.min(ledger.frontier(lane), last + 1) - first);
  }
  return { expected, settled };
}

/** The part of a stretch for which a lane has slices: in the closed model only while it has users at work. */
function stretchAsked(plan: OpenPlan | ClosedPlan, lane: number, stretch: Interval): Interval | undefined {
  if (plan.model === "open") return stretch;
  const active = activeIntervals(plan, lane, stretch);
  const [first] = active;
  const last = active.at(-1);
  return first && last && { startMs: first.startMs, endMs: last.endMs };
}

function keepError(errors: Map<string, KeptError>, error: ErrorEntry, node: string): void {
  const key = `${error.query} ${error.class} ${error.detail}`;
  const samples = error.samples.map((sample) => ({ ...sample, node_id: node }));
  const kept = errors.get(key);
  if (!kept) {
    if (errors.size < MAX_ERROR_KINDS) errors.set(key, { ...error, samples });
    return;
  }
  kept.count += error.count;
  kept.first_ms = Math.min(kept.first_ms, error.first_ms);
  kept.last_ms = Math.max(kept.last_ms, error.last_ms);
  kept.samples.push(...samples.slice(0, Math.max(0, SAMPLES_PER_ERROR - kept.samples.length)));
}
