/** The course of the load: ramps, plateaus and stages, against sums of many thin strips as the oracle. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  areaTo,
  intervalsAbove,
  type LoadProfile,
  levelAt,
  profileFrom,
  profileOf,
  timeAtArea,
} from "../../libs/load/profile.ts";
import { config } from "../support/configs.ts";

const workloadOf = (workload: Parameters<typeof config>[0] & object) => config(workload).spec.workload;

const anyStages = fc.array(
  fc.record({
    duration: fc.integer({ min: 0, max: 5000 }),
    target: fc.oneof(
      fc.constant(0),
      fc.integer({ min: 1, max: 300 }),
      fc.double({ min: 0.1, max: 300, noNaN: true }),
    ),
  }),
  { minLength: 1, maxLength: 6 },
);
const anyProfile: fc.Arbitrary<LoadProfile> = fc
  .tuple(fc.constantFrom(0, 0, 7.5, 100), anyStages)
  .map(([start, stages]) => profileFrom(start, stages))
  .filter(({ durationMs }) => durationMs > 0);

/** The area up to a time by the midpoints of strips of a millisecond: exact on straight lines. */
function areaByStrips(profile: LoadProfile, untilMs: number): number {
  let area = 0;
  for (let ms = 0; ms < untilMs; ms++) area += levelAt(profile, ms + 0.5) / 1000;
  return area;
}

const isNear = (actual: number, expected: number, tolerance = 1e-6) =>
  assert.ok(
    Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${actual} ≠ ${expected}`,
  );

test("a ramp rises in a straight line, is part of the duration, and is followed by the full load", () => {
  const profile = profileOf(
    workloadOf({ workload: { total_concurrent_users: 200, duration: 600, ramp_up_time: 60 } }),
  );
  assert.equal(profile.durationMs, 600_000);
  assert.equal(profile.peak, 200);
  assert.equal(levelAt(profile, 0), 0);
  assert.equal(levelAt(profile, 15_000), 50);
  assert.equal(levelAt(profile, 30_000), 100);
  assert.equal(levelAt(profile, 60_000), 200);
  assert.equal(levelAt(profile, 599_999), 200);
  assert.equal(levelAt(profile, 600_000), 0);
  // The triangle of the ramp, 200 × 60 / 2, and the rectangle behind it, 200 × 540.
  assert.equal(profile.area, 6000 + 108_000);
});

test("without a ramp the full load is there from the start", () => {
  const profile = profileOf(workloadOf({ workload: { model: "open", target_qps: 50, duration: 10 } }));
  assert.equal(levelAt(profile, 0), 50);
  assert.equal(profile.area, 500);
});

test("a ramp as long as the run is nothing but a ramp", () => {
  const workload = { model: "open", target_qps: 50, duration: 10, ramp_up_time: 10 } as const;
  const profile = profileOf(workloadOf({ workload }));
  assert.equal(profile.area, 250);
  assert.equal(profile.peak, 50);
});

test("stages lead from nothing through their targets, and one of no length is a jump", () => {
  const stages = [
    { duration: 10, target: 40 },
    { duration: 0, target: 100 },
    { duration: 5, target: 100 },
    { duration: 10, target: 0 },
  ];
  const profile = profileOf(workloadOf({ workload: { model: "open", stages } }));
  assert.equal(profile.durationMs, 25_000);
  assert.equal(levelAt(profile, 5000), 20);
  assert.equal(levelAt(profile, 10_000), 100);
  assert.equal(levelAt(profile, 20_000), 50);
  // 40 × 10 / 2, then 100 × 5, then 100 × 10 / 2.
  assert.equal(profile.area, 200 + 500 + 500);
});

test("the area is the sum of what the load is at each moment", () => {
  fc.assert(
    fc.property(anyProfile, fc.double({ min: 0, max: 1, noNaN: true }), (profile, share) => {
      const atMs = Math.floor(profile.durationMs * share);
      isNear(areaTo(profile, atMs), areaByStrips(profile, atMs));
      isNear(areaTo(profile, profile.durationMs), profile.area);
    }),
    { numRuns: 50 },
  );
});

test("the area is nothing before the run and all of it afterwards", () => {
  fc.assert(
    fc.property(anyProfile, (profile) => {
      assert.equal(areaTo(profile, -1), 0);
      assert.equal(areaTo(profile, profile.durationMs + 1), profile.area);
    }),
  );
});

test("the time at which an area is reached leads back to the area", () => {
  fc.assert(
    // No smaller share than a random number can be: below it lie numbers that no arrival has.
    fc.property(anyProfile, fc.double({ min: 2 ** -53, max: 1, noNaN: true }), (profile, share) => {
      const area = profile.area * share;
      const atMs = timeAtArea(profile, area);
      assert.ok(atMs >= 0 && atMs <= profile.durationMs);
      isNear(areaTo(profile, atMs), area);
    }),
  );
});

test("a larger area is never reached earlier", () => {
  fc.assert(
    fc.property(anyProfile, (profile) => {
      const times = Array.from({ length: 200 }, (_, index) =>
        timeAtArea(profile, (profile.area * index) / 199),
      );
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      );
    }),
  );
});

test("the load is above a threshold in exactly the intervals that sampling finds", () => {
  fc.assert(
    fc.property(anyProfile, fc.double({ min: 0.5, max: 250, noNaN: true }), (profile, threshold) => {
      const within = { startMs: profile.durationMs * 0.1, endMs: profile.durationMs * 0.9 };
      const intervals = intervalsAbove(profile, threshold, within);
      intervals.forEach(({ startMs, endMs }, index) => {
        assert.ok(startMs < endMs && startMs >= within.startMs && endMs <= within.endMs);
        assert.ok(index === 0 || startMs > (intervals[index - 1]?.endMs ?? 0), "intervals do not touch");
      });
      for (let ms = Math.ceil(within.startMs); ms < within.endMs; ms += 7) {
        const isIn = intervals.some(({ startMs, endMs }) => ms >= startMs && ms < endMs);
        const level = levelAt(profile, ms);
        // On the threshold itself rounding decides.
        if (Math.abs(level - threshold) > 1e-6) assert.equal(isIn, level > threshold, `at ${ms}`);
      }
    }),
  );
});
