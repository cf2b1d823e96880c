/** Arrivals of the open model: every one falls into exactly one slice, at the time that the rate says. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type OpenPlan, slicesInLane } from "../../libs/load/plan.ts";
import { areaTo } from "../../libs/load/profile.ts";
import { windowAt, windowBounds } from "../../libs/load/windows.ts";
import { anyOpenWorkload, anySeed, planFor } from "../support/configs.ts";

const anyOpenPlan = (arrival?: "constant" | "poisson"): fc.Arbitrary<OpenPlan> =>
  fc
    .tuple(anyOpenWorkload(arrival && fc.constant(arrival)), anySeed)
    .map(([workload, seed]) => planFor(workload, {}, seed) as OpenPlan);

/** Rates and lanes whose arrivals fall on the cuts between windows, where rounding would tell. */
const anyUnluckyPlan = fc
  .record({
    model: fc.constant("open" as const),
    target_qps: fc.constantFrom(1, 3, 1000, 30_000, 300_000, 900_000, 1_000_000),
    duration: fc.constantFrom(1, 7, 60, 61.7, 600, 3600),
    lanes: fc.constantFrom(1, 3, 6, 7, 9, 11, 30, 49),
    rampShare: fc.constantFrom(0, 0.5),
  })
  .map(({ rampShare, ...rest }) => planFor({ ...rest, ramp_up_time: rest.duration * rampShare }));

const lanesOf = (plan: OpenPlan) => Array.from({ length: plan.lanes }, (_, lane) => lane);
const windowsOf = (plan: OpenPlan, lane: number) =>
  Array.from({ length: slicesInLane(plan, lane) }, (_, window) => window);
const timesOfLane = (plan: OpenPlan, lane: number) =>
  windowsOf(plan, lane).flatMap((window) => [...plan.arrivals.timesMs(lane, window)]);
const timesOf = (plan: OpenPlan) =>
  lanesOf(plan)
    .flatMap((lane) => timesOfLane(plan, lane))
    .sort((a, b) => a - b);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

test("a lane's windows follow one another from the start of the run to its end, without gap or overlap", () => {
  fc.assert(
    fc.property(fc.oneof(anyOpenPlan(), anyUnluckyPlan), (plan) => {
      for (const lane of lanesOf(plan)) {
        let reachedMs = 0;
        for (const window of windowsOf(plan, lane)) {
          const { startMs, endMs } = windowBounds(plan.cuts, lane, window);
          assert.equal(startMs, reachedMs);
          assert.ok(endMs > startMs && endMs - startMs <= plan.cuts.windowMs + 1e-6);
          assert.equal(windowAt(plan.cuts, lane, (startMs + endMs) / 2), window);
          reachedMs = endMs;
        }
        assert.equal(reachedMs, plan.cuts.durationMs);
      }
    }),
    { numRuns: 50 },
  );
});

test("the lanes' cuts are spread over a window, so that their slices do not come all at once", () => {
  const { cuts } = planFor({ model: "open", target_qps: 100, duration: 10, lanes: 4 });
  const ends = [0, 1, 2, 3].map((lane) => windowBounds(cuts, lane, 0).endMs);
  assert.deepEqual(ends, [250, 500, 750, 1000]);
});

test("every arrival of a lane stands in exactly one of its slices, constant or Poisson", () => {
  fc.assert(
    fc.property(fc.oneof(anyOpenPlan(), anyUnluckyPlan), (plan) => {
      for (const lane of lanesOf(plan)) {
        let next = 0;
        for (const window of windowsOf(plan, lane)) {
          const { first, count } = plan.arrivals.stretch(lane, window);
          assert.equal(first, next);
          assert.ok(count >= 0);
          next += count;
        }
        assert.equal(next, plan.arrivals.inEra(lane, 0).count);
      }
    }),
  );
});

test("constant arrivals are as many as the area of the load, and lanes' shares differ by one at most", () => {
  fc.assert(
    fc.property(fc.oneof(anyOpenPlan("constant"), anyUnluckyPlan), (plan) => {
      const shares = lanesOf(plan).map((lane) => plan.arrivals.inEra(lane, 0).count);
      // Arrival n is due when the area reaches n, so those with n < area are due within the run.
      assert.equal(sum(shares), Math.ceil(plan.profile.area - 1e-9));
      assert.ok(Math.max(...shares) - Math.min(...shares) <= 1);
    }),
  );
});

test("at a constant rate arrival n is due at n / rate, whatever the lanes", () => {
  const anyCase = fc.record({
    target_qps: fc.oneof(fc.integer({ min: 1, max: 400 }), fc.constantFrom(0.5, 3.7, 33.3)),
    duration: fc.integer({ min: 1, max: 12 }),
    lanes: fc.integer({ min: 1, max: 40 }),
  });
  fc.assert(
    fc.property(anyCase, (workload) => {
      const times = timesOf(planFor({ model: "open", ...workload }));
      assert.equal(times.length, Math.ceil(workload.target_qps * workload.duration - 1e-9));
      times.forEach((time, n) => {
        assert.ok(Math.abs(time - (n * 1000) / workload.target_qps) < 1e-6, `arrival ${n} at ${time} ms`);
      });
    }),
  );
});

test("on a ramp arrival n is due when the triangle under it has the area n", () => {
  // From 0 to 100 per second in 10 s: 5 t² queries after t seconds, so arrival n comes at √(n / 5).
  const plan = planFor({ model: "open", target_qps: 100, duration: 10, ramp_up_time: 10 });
  const times = timesOf(plan);
  assert.equal(times.length, 500);
  times.forEach((time, n) => {
    assert.ok(Math.abs(time - Math.sqrt(n / 5) * 1000) < 1e-6, `arrival ${n} at ${time} ms`);
  });
});

function assertInWindows(plan: OpenPlan, lane: number): void {
  for (const window of windowsOf(plan, lane)) {
    const { startMs, endMs } = windowBounds(plan.cuts, lane, window);
    const times = plan.arrivals.timesMs(lane, window);
    assert.equal(times.length, plan.arrivals.stretch(lane, window).count);
    assert.deepEqual(
      [...times],
      [...times].sort((a, b) => a - b),
    );
    for (const time of times)
      assert.ok(time >= startMs - 1e-6 && time <= endMs + 1e-6, `${time} in ${startMs} … ${endMs}`);
  }
}

test("the times of a slice lie in its window and rise", () => {
  fc.assert(
    fc.property(anyOpenPlan(), (plan) => {
      for (const lane of lanesOf(plan)) assertInWindows(plan, lane);
    }),
  );
});

test("nothing arrives while the load rests, also where rounding puts an arrival on the rest's beginning", () => {
  // A ramp's area is rate × seconds / 2: 25 × 4.4 / 2 = 55 is 55.00000000000001 in doubles.
  for (const [target, duration] of [
    [25, 4.4],
    [30, 3],
    [45, 8.8],
  ] as const) {
    const stages = [
      { duration, target },
      { duration: 0, target: 0 },
      { duration: 4, target: 0 },
      { duration: 3, target: 30 },
    ];
    for (const arrival of ["constant", "poisson"] as const) {
      const plan = planFor({ model: "open", stages, arrival, lanes: 3 });
      const resting = timesOf(plan).filter(
        (time) => time > duration * 1000 - 1e-6 && time < (duration + 4) * 1000 - 1e-6,
      );
      assert.deepEqual(resting, []);
      for (const lane of lanesOf(plan)) assertInWindows(plan, lane);
    }
  }
});

test("the same seed gives the same arrivals, in whatever order the slices are asked for", () => {
  fc.assert(
    fc.property(anyOpenWorkload(), anySeed, (workload, seed) => {
      const [one, other] = [planFor(workload, {}, seed), planFor(workload, {}, seed)] as [OpenPlan, OpenPlan];
      const slices = lanesOf(one).flatMap((lane) =>
        windowsOf(one, lane).map((window) => [lane, window] as const),
      );
      const forwards = slices.map(([lane, window]) => [...one.arrivals.timesMs(lane, window)]);
      const backwards = slices
        .toReversed()
        .map(([lane, window]) => [...other.arrivals.timesMs(lane, window)]);
      assert.deepEqual(forwards, backwards.reverse());
    }),
    { numRuns: 30 },
  );
});

test("another seed gives other Poisson arrivals", () => {
  const workload = { model: "open", target_qps: 50, duration: 5, arrival: "poisson" } as const;
  assert.notDeepEqual(timesOf(planFor(workload, {}, 1)), timesOf(planFor(workload, {}, 2)));
});

test("over many seeds Poisson arrivals are as many as the rate says, and scatter as they should", () => {
  const seeds = 400;
  const workload = {
    model: "open",
    target_qps: 40,
    duration: 5,
    ramp_up_time: 2,
    arrival: "poisson",
  } as const;
  const counts = Array.from({ length: seeds }, (_, seed) => {
    const plan = planFor(workload, {}, seed);
    return sum(lanesOf(plan).map((lane) => plan.arrivals.inEra(lane, 0).count));
  });
  const expected = (40 * 2) / 2 + 40 * 3;
  const mean = sum(counts) / seeds;
  const variance = sum(counts.map((count) => (count - mean) ** 2)) / seeds;
  // Five standard errors: of the mean √(λ / n), of the variance about λ √(2 / n).
  assert.ok(Math.abs(mean - expected) < 5 * Math.sqrt(expected / seeds), `mean ${mean}`);
  assert.ok(Math.abs(variance - expected) < 5 * expected * Math.sqrt(2 / seeds), `variance ${variance}`);
});

test("Poisson arrivals lie anywhere in their windows, and evenly so", () => {
  const plan = planFor({ model: "open", target_qps: 1000, duration: 20, lanes: 4, arrival: "poisson" });
  const places = lanesOf(plan).flatMap((lane) =>
    windowsOf(plan, lane).flatMap((window) => {
      const { startMs, endMs } = windowBounds(plan.cuts, lane, window);
      return [...plan.arrivals.timesMs(lane, window)].map((time) => (time - startMs) / (endMs - startMs));
    }),
  );
  // Twenty thousand places: a mean of ½ within five standard errors of √(1/12 / 20,000).
  assert.ok(Math.abs(sum(places) / places.length - 0.5) < 0.0102);
});

test("Poisson gaps are exponential: their scatter is as large as their mean", () => {
  const times = timesOf(planFor({ model: "open", target_qps: 500, duration: 40, arrival: "poisson" }));
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  const mean = sum(gaps) / gaps.length;
  const deviation = Math.sqrt(sum(gaps.map((gap) => (gap - mean) ** 2)) / gaps.length);
  assert.ok(Math.abs(mean - 2) < 0.08, `mean ${mean} ms`);
  assert.ok(Math.abs(deviation / mean - 1) < 0.05, `${deviation} / ${mean}`);
});

test("Poisson arrivals follow the course of the load", () => {
  const plan = planFor({
    model: "open",
    target_qps: 400,
    duration: 20,
    ramp_up_time: 20,
    arrival: "poisson",
  });
  const times = timesOf(plan);
  for (const atMs of [5000, 10_000, 15_000]) {
    const expected = areaTo(plan.profile, atMs);
    const actual = times.filter((time) => time < atMs).length;
    assert.ok(
      Math.abs(actual - expected) < 5 * Math.sqrt(expected),
      `${actual} of ${expected} by ${atMs} ms`,
    );
  }
});
