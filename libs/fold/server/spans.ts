/**
 * Stretches between two samples of a server: what its counters grew by, and what its gauges showed. Two of them that follow each
 * other are one, so a long run keeps few, and loses nothing of what was counted.
 */

import { z } from "zod";
import { COUNTERS, type ServerCounter, type ServerValues } from "../../protocol/server.ts";

const Growth = z.partialRecord(z.enum(COUNTERS), z.number());
const HIGHEST = ["executing", "rss_bytes", "merging"] as const;

export const Span = z.object({
  from_ms: z.number(),
  to_ms: z.number(),
  /** Samples that ended it, and those of them that found every place taken. */
  samples: z.number(),
  full: z.number(),
  grown: Growth,
  highest: z.partialRecord(z.enum(HIGHEST), z.number()),
  places: z.number().optional(),
  /** The most CPU that a part of it took, in cores. */
  cpu_cores_max: z.number().optional(),
});
export type Span = z.infer<typeof Span>;

/** A server at a moment of the run. */
export interface Moment {
  readonly atMs: number;
  readonly values: ServerValues;
}

/** Clocks of processes are told in whole seconds, and by some with a fraction that is rounded anew each time. */
const START_SLACK_S = 1;

/** Whether the server was started anew between two moments: then all its counters began at nothing. */
export function isRestarted(before: ServerValues, after: ServerValues): boolean {
  if (before.started_s !== undefined && after.started_s !== undefined)
    return after.started_s > before.started_s + START_SLACK_S;
  return COUNTERS.some((counter) => (after[counter] ?? 0) < (before[counter] ?? 0));
}

export function spanOf(before: Moment, after: Moment): Span {
  const hasRestarted = isRestarted(before.values, after.values);
  const grown: Partial<Record<ServerCounter, number>> = {};
  for (const counter of COUNTERS) {
    const to = after.values[counter];
    const from = hasRestarted ? 0 : before.values[counter];
    // One counter that fell by itself began at nothing, too.
    if (to !== undefined && from !== undefined) grown[counter] = to >= from ? to - from : to;
  }
  const { executing, places } = after.values;
  const isFull = executing !== undefined && places !== undefined && places > 0 && executing >= places;
  const seconds = (after.atMs - before.atMs) / 1000;
  return {
    from_ms: before.atMs,
    to_ms: after.atMs,
    samples: 1,
    full: isFull ? 1 : 0,
    grown,
    highest: pick(after.values),
    ...(places !== undefined && { places }),
    ...(grown.cpu_s !== undefined && { cpu_cores_max: grown.cpu_s / seconds }),
  };
}

function pick(values: ServerValues): Span["highest"] {
  return Object.fromEntries(
    HIGHEST.flatMap((gauge) => (values[gauge] === undefined ? [] : [[gauge, values[gauge]]])),
  );
}

/** Spans that follow each other as one. What only some of them tell, it tells of these. */
export function joined(spans: readonly Span[]): Span {
  const [first, ...others] = spans;
  if (!first) throw new RangeError("no span is no span");
  return others.reduce(join, first);
}

function join(a: Span, b: Span): Span {
  const places = b.places ?? a.places;
  const cores = highest(a.cpu_cores_max, b.cpu_cores_max);
  return {
    from_ms: a.from_ms,
    to_ms: b.to_ms,
    samples: a.samples + b.samples,
    full: a.full + b.full,
    grown: combine(COUNTERS, a.grown, b.grown, (one, other) => one + other),
    highest: combine(HIGHEST, a.highest, b.highest, Math.max),
    ...(places !== undefined && { places }),
    ...(cores !== undefined && { cpu_cores_max: cores }),
  };
}

function combine<K extends string>(
  keys: readonly K[],
  a: Partial<Record<K, number>>,
  b: Partial<Record<K, number>>,
  how: (one: number, other: number) => number,
): Partial<Record<K, number>> {
  const both: Partial<Record<K, number>> = {};
  for (const key of keys) {
    const [one, other] = [a[key], b[key]];
    if (one !== undefined && other !== undefined) both[key] = how(one, other);
    else if (one !== undefined || other !== undefined) both[key] = one ?? (other as number);
  }
  return both;
}

function highest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

/** Half as many spans, each of two that followed each other; a gap between them stays a part of neither. */
export function halved(spans: readonly Span[]): Span[] {
  const half: Span[] = [];
  for (let at = 0; at < spans.length; at += 2) half.push(joined(spans.slice(at, at + 2)));
  return half;
}

/** One number over another, where both are told and the other is not nothing. */
export function ratio(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined || b <= 0 ? undefined : a / b;
}

export function secondsOf({ from_ms: fromMs, to_ms: toMs }: Pick<Span, "from_ms" | "to_ms">): number {
  return (toMs - fromMs) / 1000;
}

/** Share of the queries that had to wait for their turn; those that waited in vain were not taken up. */
export function waitedShare({ grown }: Span): number | undefined {
  if (grown.waits === undefined || grown.queries === undefined) return undefined;
  const asked = grown.queries + (grown.wait_timeouts ?? 0);
  return ratio(Math.min(grown.waits, asked), asked);
}

/** The mean time of an execution in milliseconds, as far as it is known: as the server tells it, or while its places were all taken. */
export function executionMs(span: Span): number | undefined {
  return toldExecutionMs(span) ?? (span.full === span.samples ? mostExecutionMs(span) : undefined);
}

/**
 * No less than the mean time of an execution. Where the server does not tell it: the time that its places had, over the queries
 * that it took up, which is the very time while all places are taken.
 */
export function mostExecutionMs(span: Span): number | undefined {
  const { grown, places } = span;
  const placesMs = places === undefined ? undefined : places * secondsOf(span) * 1000;
  return toldExecutionMs(span) ?? ratio(placesMs, grown.queries);
}

function toldExecutionMs({ grown }: Span): number | undefined {
  const seconds = ratio(grown.executing_s, grown.timed);
  return seconds === undefined ? undefined : seconds * 1000;
}
