/** Results as a worker of the simulated fleet sends them: true to the plan, without a query being sent. */

import { countTotals } from "../../libs/load/arrivals.ts";
import { countPerQuery, phaseOf } from "../../libs/load/mix.ts";
import { type OpenPlan, plannedInSlice } from "../../libs/load/plan.ts";
import { AREA_ROUNDING, areaTo } from "../../libs/load/profile.ts";
import type { Random } from "../../libs/load/random.ts";
import { emptyCounts } from "../../libs/protocol/ledger.ts";
import type { Cell, RanResult, ReasonEntry } from "../../libs/protocol/result.ts";
import { Recorder } from "../../libs/stats/recorder.ts";
import type { Draft } from "../../services/coordinator/run/dispatch/drafts.ts";

export type OpenDraft = Extract<Draft, { kind: "open" }>;

/** What a simulated worker knows when it reports. */
export interface Report {
  readonly run: string;
  readonly node: string;
  readonly draft: OpenDraft;
  readonly attempt: number;
  /** When the worker had the slice, in milliseconds of the run. */
  readonly startedMs: number;
  readonly endedMs: number;
}

/** Later than this an arrival is missed: as in the worker's open attempt. */
const LATE_LIMIT_MS = 1000;
/** Answers that the simulated target gives: milliseconds, drawn between these on a bent line. */
const FASTEST_MS = 1;
const SLOWEST_MS = 60;
/** One result in so many has a query that failed and one that timed out. */
const BAD_ONE_IN = 50;

/** A part of a slice's arrivals that ended alike, within one second of the run. */
interface Part {
  readonly second: number;
  readonly first: number;
  readonly count: number;
  readonly sent: boolean;
}

/** Makes the results of a plan with evenly spaced arrivals. */
export function createReporter(plan: OpenPlan, random: Random): (report: Report) => RanResult {
  const distributions = createDistributions(random);

  /** Arrivals of a lane that are due before a time: the arithmetic of evenly spaced arrivals. */
  const before = (lane: number, atMs: number) =>
    countTotals(Math.ceil(areaTo(plan.profile, atMs) - AREA_ROUNDING), lane, plan.lanes);

  function partsOf({ draft, attempt, startedMs }: Report): Part[] {
    const { lane, startMs, endMs, first, count } = draft;
    const gone = before(lane, attempt > 1 ? startedMs : startedMs - LATE_LIMIT_MS);
    const lastSecond = Math.ceil(endMs / 1000);
    const parts: Part[] = [];
    for (let second = Math.floor(startMs / 1000); second < lastSecond; second++) {
      const from = Math.max(first, before(lane, second * 1000));
      const to = Math.min(first + count, before(lane, (second + 1) * 1000));
      const cut = Math.min(Math.max(gone, from), to);
      if (cut > from) parts.push({ second, first: from, count: cut - from, sent: false });
      if (to > cut) parts.push({ second, first: cut, count: to - cut, sent: true });
    }
    return parts;
  }

  return (report) => {
    const { run, node, draft, attempt, startedMs, endedMs } = report;
    const { lane, window } = draft;
    const phase = phaseOf(plan.mix, lane, plan.lanes);
    const unsent = attempt > 1 ? "lost" : "missed";
    const isBad = random() * BAD_ONE_IN < 1;
    const cells: Cell[] = [];
    const reasons: ReasonEntry[] = [];
    for (const part of partsOf(report)) {
      countPerQuery(plan.mix, phase, part.first, part.count).forEach((count, query) => {
        if (count === 0) return;
        const { second } = part;
        if (part.sent) {
          const before = cells.findIndex((cell) => cell.query === query && cell.second === second);
          const cell = sentCell(query, second, count, isBad, distributions);
          // One cell for each query and second: what was skipped of them stands in it already.
          if (before < 0) cells.push(cell);
          else cells[before] = { ...cell, [unsent]: cells[before]?.[unsent] ?? 0 };
        } else {
          cells.push({ query, second, ...emptyCounts(), bytes: 0, rows: 0, [unsent]: count });
          reasons.push({
            query,
            state: unsent,
            reason: attempt > 1 ? "worker_died" : "came_too_late",
            count,
          });
        }
      });
    }
    return {
      v: 1,
      kind: "ran",
      run,
      lane,
      window,
      attempt,
      epoch: 1,
      node,
      planned: plannedInSlice(plan, lane, window),
      next: draft.first + draft.count,
      published_ms: draft.startMs - plan.leadMs,
      started_ms: startedMs,
      ended_ms: endedMs,
      driven_user_ms: 0,
      cells,
      reasons,
      errors: [],
      health: { loop_delay_p99_ms: 2.5, cpu_cores: 0.42, rss_mb: 104.3, clock_error_ms: 0.31 },
    };
  };
}

function sentCell(
  query: number,
  second: number,
  count: number,
  isBad: boolean,
  distributions: (count: number) => { service: string | undefined; lag: string | undefined },
): Cell {
  const bad = isBad && count > 2 ? 1 : 0;
  const ok = count - 2 * bad;
  const { service } = distributions(ok);
  return {
    query,
    second,
    ...emptyCounts(),
    ok,
    failed: bad,
    timed_out: bad,
    bytes: ok * 180,
    rows: ok,
    service,
    response: service,
    lag: distributions(count).lag,
    ...(bad > 0 && { failed_service: distributions(2 * bad).service }),
  };
}

/** Encoded distributions by their number of values: as long as real ones, made once for each number. */
function createDistributions(random: Random) {
  const known = new Map<number, { service: string | undefined; lag: string | undefined }>();

  function draw(count: number, fastestMs: number, slowestMs: number): string | undefined {
    const recorder = new Recorder();
    for (let index = 0; index < count; index++)
      recorder.record(fastestMs + (slowestMs - fastestMs) * random() ** 6);
    return recorder.encode();
  }

  return (count: number) => {
    let pair = known.get(count);
    if (!pair) {
      pair = { service: draw(count, FASTEST_MS, SLOWEST_MS), lag: draw(count, 0, 1) };
      known.set(count, pair);
    }
    return pair;
  };
}
