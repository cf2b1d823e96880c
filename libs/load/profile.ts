/** The course of the load over a run: straight lines, with their area and its inverse in closed form. */

import type { Workload } from "../protocol/config/workload.ts";

/** Load goes from one level to another in a straight line. Times are milliseconds of the run. */
interface Segment {
  readonly startMs: number;
  readonly endMs: number;
  readonly from: number;
  readonly to: number;
  /** Change of the level per second. */
  readonly slope: number;
  /** Load × seconds before the segment. */
  readonly areaBefore: number;
}

export interface LoadProfile {
  readonly segments: readonly Segment[];
  readonly durationMs: number;
  /** Highest level. */
  readonly peak: number;
  /** Load × seconds in all: queries (open) or user-seconds (closed, before users are made whole). */
  readonly area: number;
}

/** A straight line of a length, from one level to another. */
export interface Stretch {
  readonly durationMs: number;
  readonly from: number;
  readonly to: number;
}

/** An area that misses another by rounding alone counts as the same. */
export const AREA_ROUNDING = 1e-9;

/** The profile of a closed or open workload: a ramp and a plateau, or stages. */
export function profileOf(workload: Workload): LoadProfile {
  const level = workload.model === "open" ? workload.target_qps : workload.total_concurrent_users;
  if (workload.stages) return profileFrom(0, workload.stages);
  const durationMs = workload.duration ?? 0;
  const rampMs = workload.ramp_up_time ?? 0;
  const plateau = { duration: durationMs - rampMs, target: level ?? 0 };
  return rampMs > 0
    ? profileFrom(0, [{ duration: rampMs, target: level ?? 0 }, plateau])
    : profileFrom(level ?? 0, [plateau]);
}

/** A profile that begins at a level and goes from target to target; a stage of no length is a jump. */
export function profileFrom(
  startLevel: number,
  stages: readonly { duration: number; target: number }[],
): LoadProfile {
  let level = startLevel;
  const stretches: Stretch[] = [];
  for (const { duration, target } of stages) {
    if (duration > 0) stretches.push({ durationMs: duration, from: level, to: target });
    level = target;
  }
  return profileOfStretches(stretches);
}

/** A profile of stretches that follow one another. */
export function profileOfStretches(stretches: readonly Stretch[]): LoadProfile {
  const segments: Segment[] = [];
  let startMs = 0;
  let area = 0;
  let peak = 0;
  for (const { durationMs, from, to } of stretches) {
    const endMs = startMs + durationMs;
    const slope = ((to - from) * 1000) / (endMs - startMs);
    segments.push({ startMs, endMs, from, to, slope, areaBefore: area });
    area += ((from + to) / 2) * (durationMs / 1000);
    startMs = endMs;
    peak = Math.max(peak, from, to);
  }
  return { segments, durationMs: startMs, peak, area };
}

/** The stretches of a profile within an interval. */
export function stretchesWithin(profile: LoadProfile, { startMs, endMs }: Interval): Stretch[] {
  const stretches: Stretch[] = [];
  for (const segment of profile.segments) {
    const from = Math.max(startMs, segment.startMs);
    const to = Math.min(endMs, segment.endMs);
    if (to <= from) continue;
    // A whole segment keeps its own ends, so that what was computed of it stays the same to the bit.
    stretches.push({
      durationMs: to - from,
      from: from === segment.startMs ? segment.from : levelIn(segment, from),
      to: to === segment.endMs ? segment.to : levelIn(segment, to),
    });
  }
  return stretches;
}

/** The load at a time; 0 outside the run. */
export function levelAt(profile: LoadProfile, atMs: number): number {
  const segment = profile.segments.find(({ startMs, endMs }) => atMs >= startMs && atMs < endMs);
  return segment ? levelIn(segment, atMs) : 0;
}

function levelIn({ startMs, endMs, from, to }: Segment, atMs: number): number {
  return from + (to - from) * ((atMs - startMs) / (endMs - startMs));
}

/** Load × seconds from the start to a time: the integral of the level. */
export function areaTo(profile: LoadProfile, atMs: number): number {
  if (atMs <= 0) return 0;
  if (atMs >= profile.durationMs) return profile.area;
  const segment = segmentAt(profile.segments, atMs);
  const seconds = (atMs - segment.startMs) / 1000;
  return segment.areaBefore + (segment.from + (segment.slope * seconds) / 2) * seconds;
}

/** The segment that a time before the end lies in: asked for each slice that is published, so without a closure. */
function segmentAt(segments: readonly Segment[], atMs: number): Segment {
  let index = 0;
  while (atMs >= (segments[index] as Segment).endMs) index++;
  return segments[index] as Segment;
}

/**
 * The time at which the area is reached, in milliseconds: the inverse of `areaTo`. Where the load rests for a while, it is
 * the end of the rest.
 */
export function timeAtArea(profile: LoadProfile, area: number): number {
  const segment = profile.segments.findLast(({ areaBefore }) => areaBefore <= area + AREA_ROUNDING);
  if (!segment) return 0;
  const inside = area - segment.areaBefore;
  if (inside <= 0) return segment.startMs;
  // The root of slope/2·x² + from·x = inside, in the form that is stable for a slope near 0.
  const root = Math.sqrt(Math.max(0, segment.from ** 2 + 2 * segment.slope * inside));
  const seconds = (2 * inside) / (segment.from + root);
  return Math.min(segment.startMs + seconds * 1000, segment.endMs);
}

export interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

/** When the load is at or above a level, within [startMs, endMs): intervals that do not touch, in order. */
export function intervalsAbove(profile: LoadProfile, level: number, within: Interval): Interval[] {
  const intervals: { startMs: number; endMs: number }[] = [];
  for (const segment of profile.segments) {
    const above = partAbove(segment, level);
    if (!above) continue;
    const startMs = Math.max(above.startMs, within.startMs);
    const endMs = Math.min(above.endMs, within.endMs);
    if (endMs <= startMs) continue;
    const last = intervals.at(-1);
    if (last && last.endMs >= startMs) last.endMs = endMs;
    else intervals.push({ startMs, endMs });
  }
  return intervals;
}

function partAbove(segment: Segment, level: number): Interval | undefined {
  const { startMs, endMs, from, to } = segment;
  if (from >= level && to >= level) return { startMs, endMs };
  if (from < level && to < level) return undefined;
  const crossingMs = startMs + ((level - from) / (to - from)) * (endMs - startMs);
  return from < level ? { startMs: crossingMs, endMs } : { startMs, endMs: crossingMs };
}
