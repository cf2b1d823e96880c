/**
 * One run as a fold over its logs: entries and events go in, books and figures come out. The two logs may come in at any
 * pace beside each other, and in parts: what is known up to a place can be written down and gone on with later.
 */

import { z } from "zod";
import { type Plan, plannedDurationMs, planOf } from "../load/plan.ts";
import { levelAt } from "../load/profile.ts";
import type { BenchmarkConfig } from "../protocol/config/schema.ts";
import { metricsOf } from "../protocol/config/target.ts";
import { measuredFromS } from "../protocol/config/workload.ts";
import type { RollingWindow } from "../protocol/live.ts";
import type { Changed, LogEntry, Result, VerdictResult } from "../protocol/result.ts";
import type { RunEvent } from "../protocol/run.ts";
import { type MeasuredCell, type MeasuredResult, measured } from "../stats/measured.ts";
import { type Aftercare, AftercareSnapshot, createAftercare } from "./aftercare.ts";
import { type Blocks, BlocksSnapshot, createBlocks } from "./blocks.ts";
import { createLedger, type Ledger, LedgerSnapshot, type Settlement } from "./books/ledger.ts";
import { lostCells } from "./books/lost-cells.ts";
import { createUserTime, type UserTime, UserTimeSnapshot } from "./books/user-time.ts";
import { type Course, CourseSnapshot, createCourse } from "./course.ts";
import { createErrors, type Errors, ErrorsSnapshot } from "./errors.ts";
import {
  addCell,
  createMeasures,
  type Measures,
  MeasuresSnapshot,
  measuresFromSnapshot,
  measuresToSnapshot,
} from "./figures.ts";
import { createFleet, type Fleet, FleetSnapshot } from "./fleet.ts";
import { createHistory, type History, HistorySnapshot } from "./history.ts";
import { createNodes, type Nodes, NodesSnapshot } from "./nodes.ts";
import { createQueryTimelines, type QueryTimelines, QueryTimelinesSnapshot } from "./query-timelines.ts";
import { rollingWindows } from "./rolling.ts";
import { createServers, type Servers, ServersSnapshot } from "./server/servers.ts";
import { createTimeline, type Timeline, TimelineSnapshot, timelineStepS } from "./timeline.ts";
import { createStanding, type Standing, StandingSnapshot } from "./verdict/standing.ts";
import { createThresholds, type Thresholds, ThresholdsSnapshot } from "./verdict/thresholds.ts";
import { createWatermark } from "./watermark.ts";

export const RunFoldSnapshot = z.object({
  /** The last place in the log of results that was folded in. */
  seq: z.number(),
  standing: StandingSnapshot,
  course: CourseSnapshot,
  ledger: LedgerSnapshot,
  measures: z.array(MeasuresSnapshot),
  nodes: NodesSnapshot,
  timeline: TimelineSnapshot,
  queryTimelines: QueryTimelinesSnapshot,
  blocks: BlocksSnapshot,
  thresholds: ThresholdsSnapshot,
  userTime: UserTimeSnapshot.optional(),
  errors: ErrorsSnapshot,
  servers: ServersSnapshot,
  fleet: FleetSnapshot,
  aftercare: AftercareSnapshot.default({}),
  history: HistorySnapshot,
});
export type RunFoldSnapshot = z.infer<typeof RunFoldSnapshot>;

/** What became of an entry of the log; `passed`: a mark, one that was folded before, or one behind the run's end. */
export type Folded =
  | Exclude<Settlement, { kind: "settled" }>
  /** With the result that settled its slice, whose distributions are decoded. */
  | { readonly kind: "settled"; readonly result: MeasuredResult | VerdictResult }
  | { readonly kind: "passed" };

/** What is known of a run, part by part. */
interface Parts {
  readonly standing: Standing;
  readonly course: Course;
  readonly ledger: Ledger;
  readonly measures: readonly Measures[];
  readonly nodes: Nodes;
  readonly timeline: Timeline;
  readonly queryTimelines: QueryTimelines;
  readonly blocks: Blocks;
  readonly thresholds: Thresholds;
  readonly userTime: UserTime | undefined;
  readonly errors: Errors;
  readonly servers: Servers;
  readonly fleet: Fleet;
  readonly aftercare: Aftercare;
  readonly history: History;
}

export interface RunFold extends Parts {
  readonly id: string;
  readonly config: BenchmarkConfig;
  /** As it is planned now. */
  readonly plan: Plan;
  readonly seed: number;
  /** Both logs are known to their ends: everything that was published is settled, and nothing more counts. */
  isComplete(): boolean;
  /** @param seq its place in the log of results; one that is not behind those before it was folded already */
  addEntry(entry: LogEntry, seq: number): Folded;
  /** A message among the run's results that is none, and why. */
  addUnreadable(why: string, seq: number): void;
  /** @returns whether it counts */
  addEvent(event: RunEvent, seq: number): boolean;
  /** The place of the last entry that was folded in, or passed over. */
  lastSeq(): number;
  /** The load that the plan asks for at a time of the run. */
  loadAt(atMs: number): number;
  rollingWindows(nowMs: number): RollingWindow[];
  /** All that is known, to be written at once: it is shared with what goes on. */
  toSnapshot(): RunFoldSnapshot;
}

export interface FoldOptions {
  /** Goes on from here. Throws when it is another plan's. */
  readonly snapshot?: RunFoldSnapshot;
  /** Seconds of one point of the timeline; as suits the run's length when not given. */
  readonly stepS?: number;
}

export function createRunFold(
  id: string,
  config: BenchmarkConfig,
  seed: number,
  { snapshot, stepS }: FoldOptions = {},
): RunFold {
  const plan = planOf(config, seed);
  if (snapshot) requireFit(plan, snapshot);
  const parts = createParts(config, plan, snapshot, stepS);
  const { standing, course, ledger, measures, nodes, timeline, thresholds, history } = parts;
  const newWatermark = () =>
    config.spec.thresholds.length > 0 ? createWatermark(course.revised(), ledger.frontier) : undefined;
  let watermark = newWatermark();
  const firstS = measuredFromS(config.spec.workload);
  /** What is sent in the warm-up is in the ledger and on the timeline, and in no figure. */
  const isMeasured = ({ second }: MeasuredCell) => second >= firstS;
  let lastSeq = snapshot?.seq ?? 0;

  /** Whether what stands at a place still has to be folded. */
  function isNew(seq: number): boolean {
    if (seq <= lastSeq) return false;
    lastSeq = seq;
    return true;
  }

  function addMeasures(result: MeasuredResult): void {
    for (const cell of result.cells) {
      timeline.addCell(cell);
      parts.queryTimelines.addCell(cell);
      if (isMeasured(cell)) parts.blocks.addCell(cell);
    }
    addFigures(result.cells);
    nodes.add(result, isMeasured);
    parts.errors.add(result);
    timeline.addErrors(result);
    parts.queryTimelines.addErrors(result);
  }

  /** No worker told of these: when each was due is in the plan. */
  function addLost({ lane, window }: Result): void {
    addFigures(lostCells(course.plan(), lane, window));
  }

  function addFigures(cells: readonly MeasuredCell[]): void {
    const counted = cells.filter(isMeasured);
    for (const cell of counted) addCell(measures[cell.query] as Measures, cell);
    thresholds.add(counted);
  }

  function offer(result: Result): Folded {
    const read = measured(result);
    const settlement = ledger.offer(result, read);
    if (settlement.kind !== "settled") return settlement;
    parts.userTime?.add(result);
    if (read.kind === "ran") addMeasures(read);
    else if (read.state === "lost") addLost(read);
    if (watermark) thresholds.close(watermark.settled(result));
    return { kind: "settled", result: read };
  }

  /** A change that comes too late, or is none, is a leader's affair, and no forged result: it is passed over. */
  function change({ change }: Changed): Folded {
    if (course.take(change) === undefined) {
      ledger.replan(change.at_ms);
      watermark = newWatermark();
    }
    return { kind: "passed" };
  }

  return {
    id,
    config,
    seed,
    ...parts,
    get plan() {
      return course.plan();
    },
    isComplete: () => standing.isOver() && history.drained() !== undefined,
    addEntry(entry, seq) {
      if (!isNew(seq)) return { kind: "passed" };
      const worth = standing.take(entry);
      if (worth.kind === "result") return offer(worth.result);
      if (worth.kind === "changed") return change(worth.entry);
      if (worth.kind === "server") parts.servers.add(worth.entry);
      if (worth.kind === "fleet") parts.fleet.add(worth.entry.point);
      if (worth.kind === "aftercare") parts.aftercare.add(worth.entry);
      if (worth.kind !== "refused") return { kind: "passed" };
      ledger.extras.addRefused(worth.why, entry.node);
      return worth;
    },
    addUnreadable(why, seq) {
      if (isNew(seq) && !standing.isOver()) ledger.extras.addRefused(why, UNNAMED);
    },
    addEvent: history.add,
    lastSeq: () => lastSeq,
    loadAt: (atMs) => loadAt(course.plan(), atMs),
    rollingWindows: (nowMs) => rollingWindows(course.plan(), ledger, timeline, nowMs),
    toSnapshot: () => ({ seq: lastSeq, ...partsToSnapshot(parts) }),
  };
}

function loadAt(plan: Plan, atMs: number): number {
  if (plan.model === "count") return plan.users;
  // A rate is that of each target.
  return levelAt(plan.profile, atMs) * (plan.model === "open" ? plan.mix.sides : 1);
}

function createParts(
  config: BenchmarkConfig,
  plan: Plan,
  snapshot: RunFoldSnapshot | undefined,
  stepS: number | undefined,
): Parts {
  const course = createCourse(plan, snapshot?.course);
  const durationMs = plannedDurationMs(plan) ?? 0;
  const firstStepS = stepS ?? timelineStepS(durationMs);
  const measures =
    snapshot?.measures.map(measuresFromSnapshot) ?? Array.from({ length: plan.queries }, createMeasures);
  return {
    standing: createStanding(snapshot?.standing),
    course,
    ledger: createLedger(course, snapshot?.ledger),
    measures,
    nodes: createNodes(snapshot?.nodes),
    timeline: createTimeline(firstStepS, snapshot?.timeline),
    queryTimelines: createQueryTimelines(config.spec.queries, durationMs, snapshot?.queryTimelines),
    blocks: createBlocks(plan.queries, measuredFromS(config.spec.workload), snapshot?.blocks),
    thresholds: createThresholds(config, measures, snapshot?.thresholds),
    userTime: plan.model === "closed" ? createUserTime(course, snapshot?.userTime) : undefined,
    errors: createErrors(snapshot?.errors),
    servers: createServers(metricsOf(config.spec.target).urls, snapshot?.servers),
    fleet: createFleet(snapshot?.fleet),
    aftercare: createAftercare(snapshot?.aftercare),
    history: createHistory(snapshot?.history),
  };
}

function partsToSnapshot(parts: Parts): Omit<RunFoldSnapshot, "seq"> {
  return {
    standing: parts.standing.toSnapshot(),
    course: parts.course.toSnapshot(),
    ledger: parts.ledger.toSnapshot(),
    measures: parts.measures.map(measuresToSnapshot),
    nodes: parts.nodes.toSnapshot(),
    timeline: parts.timeline.toSnapshot(),
    queryTimelines: parts.queryTimelines.toSnapshot(),
    blocks: parts.blocks.toSnapshot(),
    thresholds: parts.thresholds.toSnapshot(),
    userTime: parts.userTime?.toSnapshot(),
    errors: parts.errors.toSnapshot(),
    servers: parts.servers.toSnapshot(),
    fleet: parts.fleet.toSnapshot(),
    aftercare: parts.aftercare.toSnapshot(),
    history: parts.history.toSnapshot(),
  };
}

/** In place of a node, where the message does not say. */
const UNNAMED = "(unnamed)";

function requireFit(plan: Plan, { ledger, measures, userTime }: RunFoldSnapshot): void {
  const fits =
    ledger.frontiers.length === plan.lanes &&
    [ledger.books, ledger.extras.queries, measures].every(({ length }) => length === plan.queries) &&
    (plan.model === "closed") === (userTime?.accountedMs.length === plan.lanes);
  if (!fits) throw new RangeError("the snapshot is of another plan");
}
