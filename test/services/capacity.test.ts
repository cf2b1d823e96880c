/** A worker's slots: shed by one that does worse than its fleet, never because all do badly, and back when it does well. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type CapacitySample, nextSlots } from "../../services/worker/health/capacity.ts";
import { createLagMeter } from "../../services/worker/health/lag-meter.ts";

const FLEET = { workers: 3, loop_delay_p99_ms: 5, lag_p99_ms: 4 };
const SLOW_FLEET = { workers: 3, loop_delay_p99_ms: 30, lag_p99_ms: 30 };
const GOOD: CapacitySample = { loopDelayMs: 5, lagMs: 4, cpuShare: 0.3, memoryShare: 0.2, fleet: FLEET };
const BUSY = { full: 100, total: 100, busy: 40 };

const SHEDS: readonly (readonly [name: string, change: Partial<CapacitySample>])[] = [
  ["its event loop runs late", { loopDelayMs: 80 }],
  ["it sends late", { lagMs: 80 }],
  [
    "it uses all its CPU and is somewhat later than the others",
    { cpuShare: 1, loopDelayMs: 60, fleet: SLOW_FLEET },
  ],
  ["it is about to run out of memory", { memoryShare: 0.95 }],
];
for (const [name, change] of SHEDS) {
  test(`a worker sheds a fifth of what it holds when ${name}`, () => {
    assert.equal(nextSlots(BUSY, { ...GOOD, ...change }), 32);
  });
}

const KEEPS: readonly (readonly [name: string, change: Partial<CapacitySample>])[] = [
  ["all is well", {}],
  ["all workers are as late as it is", { lagMs: 400, fleet: { ...FLEET, lag_p99_ms: 300 } }],
  ["the whole machine is slow", { loopDelayMs: 90, fleet: { ...FLEET, loop_delay_p99_ms: 60 } }],
  ["it is a little later than the others", { loopDelayMs: 48, lagMs: 48 }],
  ["it is later than the others, and has CPU to spare", { loopDelayMs: 60, fleet: SLOW_FLEET }],
  ["it uses all its CPU and is in time", { cpuShare: 1 }],
  ["nothing is known of the fleet", { lagMs: 5000, loopDelayMs: 5000, fleet: undefined }],
  ["it is alone: nobody would take what it sheds", { lagMs: 5000, fleet: { ...FLEET, workers: 1 } }],
  ["it is alone and short of memory", { memoryShare: 0.99, fleet: { ...FLEET, workers: 1 } }],
];
for (const [name, change] of KEEPS) {
  test(`a worker keeps its slots when ${name}`, () => {
    assert.equal(nextSlots(BUSY, { ...GOOD, ...change }), 100);
  });
}

const anySample = fc.record({
  loopDelayMs: fc.double({ min: 0, max: 5000, noNaN: true }),
  lagMs: fc.double({ min: 0, max: 5000, noNaN: true }),
  cpuShare: fc.double({ min: 0, max: 1.2, noNaN: true }),
  memoryShare: fc.double({ min: 0, max: 1.2, noNaN: true }),
  fleet: fc.option(
    fc.record({
      workers: fc.nat(20),
      loop_delay_p99_ms: fc.double({ min: 0, max: 1000, noNaN: true }),
      lag_p99_ms: fc.double({ min: 0, max: 1000, noNaN: true }),
    }),
    { nil: undefined },
  ),
});
const anyFull = fc.integer({ min: 1, max: 10_000 });

test("whatever the seconds bring, there is always a slot and never one too many", () => {
  fc.assert(
    fc.property(
      anyFull,
      fc.array(fc.tuple(anySample, fc.nat(10_000)), { maxLength: 50 }),
      (full, seconds) => {
        let total = full;
        for (const [sample, busy] of seconds) {
          const next = nextSlots({ full, total, busy: Math.min(busy, full) }, sample);
          assert.ok(Number.isInteger(next) && next >= 1 && next <= full);
          assert.ok(next >= total || (sample.fleet?.workers ?? 0) > 1, "alone nothing is shed");
          total = next;
        }
      },
    ),
  );
});

test("ten good seconds bring all slots back, from however few", () => {
  fc.assert(
    fc.property(anyFull, fc.nat(10_000), (full, few) => {
      let total = Math.min(full, Math.max(1, few));
      for (let second = 0; second < 10; second++) total = nextSlots({ full, total, busy: 0 }, GOOD);
      assert.equal(total, full);
    }),
  );
});

test("three bad seconds halve what a worker holds, however many slots it had to spare", () => {
  fc.assert(
    fc.property(anyFull, fc.integer({ min: 4, max: 10_000 }), (full, held) => {
      let total = full;
      let busy = Math.min(full, held);
      for (let second = 0; second < 3; second++) {
        total = nextSlots({ full, total, busy }, { ...GOOD, lagMs: 500 });
        busy = Math.min(busy, total);
      }
      assert.ok(busy <= Math.max(1, Math.min(full, held) * 0.52));
    }),
  );
});

test("a fleet that does equally badly keeps all its slots", () => {
  fc.assert(
    fc.property(anyFull, anySample, (full, sample) => {
      const { loopDelayMs, lagMs } = sample;
      const fleet = { workers: 5, loop_delay_p99_ms: loopDelayMs, lag_p99_ms: lagMs };
      const next = nextSlots({ full, total: full, busy: full }, { ...sample, memoryShare: 0.5, fleet });
      assert.equal(next, full);
    }),
  );
});

test("lateness is the 99th percentile of the last second, and nothing where nothing was sent", () => {
  const meter = createLagMeter();
  assert.equal(meter.take(), 0);
  for (let lag = 1; lag <= 200; lag++) meter.record(lag);
  assert.equal(meter.take(), 198);
  assert.equal(meter.take(), 0);
  for (let lag = 0; lag < 10_000; lag++) meter.record(7);
  assert.equal(meter.take(), 7);
});
