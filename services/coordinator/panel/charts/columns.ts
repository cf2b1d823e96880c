/** A run's points as the columns that charts are drawn of. What is not known is null, and leaves a gap. Pure. */

import type { OutcomeClass } from "../../../../libs/protocol/ledger.ts";
import { SAMPLES_FOR } from "../../../../libs/report/words.ts";
import type { Point } from "./points.ts";

export type Values = readonly (number | null)[];

/** The columns of all charts of points, beside the seconds that they are of. */
export interface Columns {
  readonly second: readonly number[];
  /** What the plan asked for: queries per second, or users. */
  readonly load: Values;
  // Queries per second, by intended start.
  readonly planned: Values;
  readonly sent: Values;
  readonly ok: Values;
  readonly failed: Values;
  readonly timedOut: Values;
  readonly missed: Values;
  readonly lost: Values;
  /** Failures and timeouts by class, per second; classes that nothing failed by are not there. */
  readonly classes: readonly { readonly name: OutcomeClass; readonly values: Values }[];
  // From the intended start.
  readonly p50Ms: Values;
  readonly p95Ms: Values;
  readonly p99Ms: Values;
  readonly p999Ms: Values;
  readonly maxMs: Values;
  /** From the send. */
  readonly serviceP95Ms: Values;
  readonly lagP99Ms: Values;
}

/** @param untilS what begins behind this is not settled yet, and would look like a fall; all where it is not given */
export function columnsOf(points: readonly Point[], untilS = Number.POSITIVE_INFINITY): Columns {
  const shown = withGaps(points.filter((point) => point.second + point.stepS <= untilS));
  const column = (of: (point: Point) => number | null) =>
    shown.map(({ point }) => (point ? of(point) : null));
  const perSecond = (count: (point: Point) => number) => column((point) => count(point) / point.stepS);
  const supported = (
    name: "p50" | "p95" | "p99" | "p99_9",
    of: "response_ms" | "service_ms" = "response_ms",
  ) => column((point) => (point.ok >= SAMPLES_FOR[name] ? point[of][name] : null));
  const failedBy = (name: OutcomeClass) => shown.some(({ point }) => point?.classes[name] !== undefined);
  return {
    second: shown.map(({ second }) => second),
    load: column(({ load }) => load),
    planned: perSecond(({ planned }) => planned),
    sent: perSecond(sentOf),
    ok: perSecond(({ ok }) => ok),
    failed: perSecond(({ failed }) => failed),
    timedOut: perSecond(({ timed_out }) => timed_out),
    missed: perSecond(({ missed }) => missed),
    lost: perSecond(({ lost }) => lost),
    classes: SHOWN_CLASSES.filter(failedBy).map((name) => ({
      name,
      values: perSecond(({ classes }) => classes[name] ?? 0),
    })),
    p50Ms: supported("p50"),
    p95Ms: supported("p95"),
    p99Ms: supported("p99"),
    p999Ms: supported("p99_9"),
    maxMs: column(({ response_ms }) => response_ms.max),
    serviceP95Ms: supported("p95", "service_ms"),
    lagP99Ms: column(({ lag_p99_ms }) => lag_p99_ms),
  };
}

/** In the order of the protocol; what was called off is no failure. */
const SHOWN_CLASSES = [
  "timeout",
  "connect",
  "tls",
  "http_4xx",
  "http_5xx",
  "protocol",
  "parse",
  "expect",
] as const satisfies readonly OutcomeClass[];

/** Missed was never sent, of what is lost nobody knows, and what is cancelled was taken back. */
function sentOf({ ok, failed, timed_out: timedOut }: Point): number {
  return ok + failed + timedOut;
}

/** Where the panel heard nothing for a while, the lines break off. */
function withGaps(points: readonly Point[]): { second: number; point: Point | undefined }[] {
  return points.flatMap((point, index) => {
    const before = points[index - 1];
    const isGap = before !== undefined && point.second > before.second + before.stepS;
    const gap = isGap ? [{ second: before.second + before.stepS, point: undefined }] : [];
    return [...gap, { second: point.second, point }];
  });
}

/** Whether anything in a column is to be seen. */
export function hasValues(values: Values): boolean {
  return values.some((value) => value !== null && value > 0);
}

export function lastOf(values: Values): number | null {
  return values.findLast((value) => value !== null) ?? null;
}
