/**
 * The thresholds of a run, held against what its log tells. Windows are judged when the watermark has closed them, each once;
 * what is about the whole run is judged at its end, and each second where it may end the run before.
 */

import { z } from "zod";
import { type Condition, conditionText, isLatency, parseCondition } from "../../protocol/config/condition.ts";
import type { BenchmarkConfig } from "../../protocol/config/schema.ts";
import { isNamed, isOfCategory } from "../../protocol/config/sides.ts";
import type { Threshold } from "../../protocol/config/thresholds.ts";
import { measuredFromS } from "../../protocol/config/workload.ts";
import type { ThresholdReport } from "../../protocol/threshold.ts";
import { thresholdFound, thresholdName } from "../../protocol/threshold-words.ts";
import type { MeasuredCell } from "../../stats/measured.ts";
import { type Measures, mergeMeasures, round } from "../figures.ts";
import { figureOf, holds, worseOf } from "./judge.ts";
import { createTrack, type Track, TrackSnapshot } from "./tracks.ts";

const Windows = z.object({
  judged: z.number(),
  failed: z.number(),
  worst: z.object({ from_s: z.number(), to_s: z.number(), value: z.number() }).nullable(),
});

/** The first threshold that was seen not to hold and may end the run, by its place in the config. */
const Crossing = z.object({ threshold: z.number(), words: z.string() });
export type Crossing = z.infer<typeof Crossing>;

export const ThresholdsSnapshot = z.object({
  closedS: z.number(),
  windows: z.array(Windows),
  tracks: z.array(TrackSnapshot),
  crossing: Crossing.optional(),
});
export type ThresholdsSnapshot = z.infer<typeof ThresholdsSnapshot>;

export interface Thresholds {
  /** Takes what a settled slice measured. */
  add(cells: readonly MeasuredCell[]): void;
  /** Judges what ends in the seconds that are closed by now. */
  close(toS: number): void;
  /** What ends the run. */
  crossing(): Crossing | undefined;
  /** How each threshold stands. @param abortedBy the one that ended the run */
  toReport(abortedBy?: number): ThresholdReport[];
  toSnapshot(): ThresholdsSnapshot;
}

/** A threshold, ready to be judged. */
interface Judged {
  readonly threshold: Threshold;
  readonly condition: Condition;
  readonly queries: ReadonlySet<number>;
  /** Length of its windows, and the seconds that they are cut from; none where it is about the whole run. */
  readonly windowS: number | undefined;
  readonly track: Track | undefined;
  readonly windows: z.infer<typeof Windows>;
}

/** @param measures of each query, over the whole run so far */
export function createThresholds(
  { spec }: BenchmarkConfig,
  measures: readonly Measures[],
  snapshot?: ThresholdsSnapshot,
): Thresholds {
  const tracks = new Map<string, Track>();
  const all = spec.thresholds.map((threshold, index) =>
    prepare(spec, threshold, tracks, snapshot, snapshot?.windows[index]),
  );
  const firstS = measuredFromS(spec.workload);
  let closedS = snapshot?.closedS ?? 0;
  let crossing = snapshot?.crossing;

  const overall = ({ condition, queries }: Judged) =>
    figureOf(condition.measure, mergeMeasures([...queries].map((query) => measures[query] as Measures)));

  function reportOf(judged: Judged): ThresholdReport {
    return judged.windowS === undefined
      ? wholeReport(spec, judged, overall(judged))
      : windowedReport(spec, judged);
  }

  function cross(threshold: number, report: ThresholdReport): void {
    crossing ??= { threshold, words: `${thresholdName(report)}: ${thresholdFound(report)}` };
  }

  function judgeWindow(judged: Judged, index: number, toS: number): void {
    const { threshold, condition, windowS = 0, track, windows } = judged;
    const fromS = toS - windowS;
    if (fromS < firstS) return;
    const value = track && figureOf(condition.measure, track.sample(fromS, toS));
    if (value === undefined) return;
    windows.judged++;
    const worst = windows.worst;
    if (!worst || worseOf(condition, value, worst.value) !== worst.value)
      windows.worst = { from_s: fromS, to_s: toS, value };
    if (holds(condition, value)) return;
    windows.failed++;
    if (threshold.abort_on_fail && (fromS - firstS) * 1000 >= threshold.grace)
      cross(index, windowedReport(spec, judged));
  }

  /** What is about the whole run, and may end it. */
  function judgeSoFar(): void {
    all.forEach((judged, index) => {
      const { abort_on_fail: aborts, grace: graceMs } = judged.threshold;
      if (judged.windowS !== undefined || !aborts || (closedS - firstS) * 1000 < graceMs) return;
      const report = reportOf(judged);
      if (report.state === "failed") cross(index, report);
    });
  }

  return {
    add(cells) {
      for (const track of tracks.values())
        for (const cell of cells) if (track.queries.has(cell.query)) track.add(cell);
    },
    close(toS) {
      if (toS <= closedS) return;
      for (let at = closedS + 1; at <= toS; at++)
        all.forEach((judged, index) => {
          if (judged.windowS !== undefined) judgeWindow(judged, index, at);
        });
      closedS = toS;
      for (const track of tracks.values()) track.close(toS);
      judgeSoFar();
    },
    crossing: () => crossing,
    // What ended the run did not hold then, whatever came of the queries that were still out.
    toReport: (abortedBy) =>
      all.map((judged, index) => ({
        ...reportOf(judged),
        ...(index === abortedBy && { state: "failed" as const, aborted: true }),
      })),
    toSnapshot: () => ({
      closedS,
      windows: all.map(({ windows }) => windows),
      tracks: [...tracks.values()].map((track) => track.toSnapshot()),
      ...(crossing && { crossing }),
    }),
  };
}

/** Thresholds over the same queries share their seconds. */
function prepare(
  spec: BenchmarkConfig["spec"],
  threshold: Threshold,
  tracks: Map<string, Track>,
  snapshot: ThresholdsSnapshot | undefined,
  windows: z.infer<typeof Windows> = { judged: 0, failed: 0, worst: null },
): Judged {
  const parsed = parseCondition(threshold.metric);
  if (!parsed.ok) throw new Error(`a threshold was not validated: ${parsed.message}`);
  const queries = queriesOf(spec, threshold);
  const common = { threshold, condition: parsed.condition, queries, windows };
  if (threshold.window === undefined) return { ...common, windowS: undefined, track: undefined };
  const key = [...queries].join();
  let track = tracks.get(key);
  if (!track) {
    track = createTrack(queries, longestWindowS(spec, key), snapshot?.tracks[tracks.size]);
    tracks.set(key, track);
  }
  return { ...common, windowS: threshold.window / 1000, track };
}

function queriesOf({ queries }: BenchmarkConfig["spec"], { query, category }: Threshold): Set<number> {
  const members = new Set<number>();
  queries.forEach((each, index) => {
    const isMeant =
      query === undefined ? category === undefined || isOfCategory(each, category) : isNamed(each, query);
    if (isMeant) members.add(index);
  });
  return members;
}

function longestWindowS(spec: BenchmarkConfig["spec"], key: string): number {
  const same = spec.thresholds.filter((threshold) => [...queriesOf(spec, threshold)].join() === key);
  return Math.max(...same.map(({ window = 0 }) => window)) / 1000;
}

function wholeReport(
  spec: BenchmarkConfig["spec"],
  judged: Judged,
  value: number | undefined,
): ThresholdReport {
  const state = value === undefined ? "unknown" : holds(judged.condition, value) ? "passed" : "failed";
  return { ...commonReport(spec, judged), state, value: shown(value), windows: null };
}

function windowedReport(spec: BenchmarkConfig["spec"], judged: Judged): ThresholdReport {
  const { windowS = 0, windows } = judged;
  const state = windows.judged === 0 ? "unknown" : windows.failed === 0 ? "passed" : "failed";
  const worst = windows.worst && { ...windows.worst, value: shown(windows.worst.value) ?? 0 };
  return {
    ...commonReport(spec, judged),
    state,
    value: worst?.value ?? null,
    windows: { length_s: windowS, judged: windows.judged, failed: windows.failed, worst },
  };
}

function commonReport({ workload }: BenchmarkConfig["spec"], { threshold, condition }: Judged) {
  const isTime = isLatency(condition.measure);
  const start = workload.model === "open" ? ("intended start" as const) : ("send" as const);
  return {
    expression: conditionText(condition),
    query: threshold.query ?? null,
    category: threshold.category ?? null,
    unit: isTime ? ("ms" as const) : ("share" as const),
    limit: condition.limit,
    latency_from: isTime ? start : null,
    abort_on_fail: threshold.abort_on_fail,
    aborted: false,
  };
}

function shown(value: number | undefined): number | null {
  return value === undefined ? null : round(value, 6);
}
