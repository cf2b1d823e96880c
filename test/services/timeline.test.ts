/** The run second by second and in rolling windows: counts that add up, percentiles from merged distributions. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createTimeline, timelineStepS, WINDOW_LENGTHS_S } from "../../libs/fold/timeline.ts";
import { LEDGER_STATES, sumOfStates } from "../../libs/protocol/ledger.ts";
import type { Cell } from "../../libs/protocol/result.ts";
import { heatCellOf } from "../../libs/stats/heat.ts";
import { Histogram } from "../../libs/stats/histogram.ts";
import { measuredCell } from "../../libs/stats/measured.ts";
import { Recorder } from "../../libs/stats/recorder.ts";
import { cellOf } from "../support/results.ts";

const HOUR_MS = 3_600_000;
const noLoad = () => 0;

/** A cell of queries that were answered well after the given times. */
function answered(second: number, latenciesMs: readonly number[], change: Partial<Cell> = {}): Cell {
  const recorder = new Recorder();
  for (const latencyMs of latenciesMs) recorder.record(latencyMs);
  const service = recorder.encode();
  return cellOf({ second, ok: latenciesMs.length, ...(service && { service }), ...change });
}

const anyCell: fc.Arbitrary<Cell> = fc
  .record({
    second: fc.nat(700),
    query: fc.nat(2),
    latencies: fc.array(fc.integer({ min: 1, max: 2000 }), { maxLength: 5 }),
    failed: fc.nat(3),
    timed_out: fc.nat(3),
    missed: fc.nat(3),
    lost: fc.nat(3),
    cancelled: fc.nat(3),
    bytes: fc.nat(1000),
  })
  .map(({ latencies, second, ...rest }) => answered(second, latencies, rest));
const anyCells = fc.array(anyCell, { minLength: 1, maxLength: 40 });

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function fill(durationMs: number | undefined, cells: readonly Cell[]) {
  const timeline = createTimeline(timelineStepS(durationMs ?? 0));
  for (const cell of cells) timeline.addCell(measuredCell(cell));
  return timeline;
}

test("a run of up to twenty minutes has a point a second, and a longer one never more than 1,200", () => {
  const cases = [
    [60_000, 1],
    [20 * 60_000, 1],
    [20 * 60_000 + 1, 2],
    [HOUR_MS, 5],
    [24 * HOUR_MS, 120],
    [7 * 24 * HOUR_MS, 600],
  ] as const;
  for (const [durationMs, stepS] of cases) {
    assert.equal(timelineStepS(durationMs), stepS);
    assert.ok(durationMs / 1000 / stepS <= 1200);
  }
  assert.equal(createTimeline(timelineStepS(0)).stepS(), 1);
});

test("points stand in the order of time, whatever the order of the results, and hold what fell into them", () => {
  fc.assert(
    fc.property(anyCells, fc.constantFrom(undefined, 60_000, HOUR_MS), (cells, durationMs) => {
      const timeline = fill(durationMs, cells);
      const points = timeline.points(noLoad);
      const seconds = points.map(({ second }) => second);
      assert.deepEqual(
        seconds,
        seconds.toSorted((a, b) => a - b),
      );
      for (const point of points) {
        const inside = cells.filter(
          ({ second }) => Math.floor(second / timeline.stepS()) * timeline.stepS() === point.second,
        );
        assert.ok(inside.length > 0);
        for (const state of LEDGER_STATES) assert.equal(point[state], sum(inside.map((cell) => cell[state])));
        assert.equal(point.planned, sum(inside.map(sumOfStates)));
        assert.equal(point.bytes, sum(inside.map(({ bytes }) => bytes)));
        const merged = new Histogram();
        for (const { service } of inside) merged.addEncoded(service);
        assert.equal(point.service_ms.p99, merged.percentileMs(99) ?? null);
        assert.equal(point.service_ms.max, merged.maxMs ?? null);
      }
      assert.equal(sum(points.map(({ planned }) => planned)), sum(cells.map(sumOfStates)));
    }),
  );
});

test("a point tells the load that was asked for at its middle", () => {
  const [first, second] = fill(HOUR_MS, [cellOf({ second: 0 }), cellOf({ second: 7 })]).points(
    (atMs) => atMs / 1000,
  );
  // Points of an hour are five seconds long: from 0 and from 5.
  assert.deepEqual([first?.load, second?.load], [2.5, 7.5]);
});

test("latency and lag of a point are told in milliseconds, and nothing measured as nothing", () => {
  const lag = new Recorder();
  lag.record(3);
  const cells = [
    answered(0, [10, 20, 30]),
    cellOf({ second: 0, lag: lag.encode() ?? "" }),
    cellOf({ second: 1, missed: 1 }),
  ];
  const [measured, empty] = fill(60_000, cells).points(noLoad);
  // Buckets are 8 µs wide at 10 ms and 16 µs at 20 ms; p50 of three is the second value, told as its bucket's highest.
  assert.deepEqual(
    [measured?.service_ms.p50, measured?.service_ms.max, measured?.lag_p99_ms],
    [20.015, 30, 3],
  );
  const nothing = { p50: null, p95: null, p99: null, p99_9: null, max: null };
  assert.deepEqual([empty?.service_ms, empty?.response_ms, empty?.lag_p99_ms], [nothing, nothing, null]);
});

test("a point has its answers by their length for a heat map, and its failures by class, none of them beyond the run", () => {
  const timeline = fill(60_000, [answered(0, [0.05, 2, 2.1, 2500]), answered(3, [1])]);
  const cells = [{ second: 0 }, { second: 3 }];
  const errors = [
    { class: "http_5xx", count: 2, first_ms: 100 },
    { class: "timeout", count: 1, first_ms: 900 },
    { class: "http_5xx", count: 1, first_ms: 950 },
    { class: "connect", count: 4, first_ms: 1e12 },
  ] as const;
  timeline.addErrors({ errors, cells });
  const [first, last] = timeline.points(noLoad);
  const fastest = 0;
  assert.deepEqual(first?.heat, [fastest, 1, heatCellOf(2000), 2, heatCellOf(2_500_000), 1]);
  assert.deepEqual(first?.classes, { timeout: 1, http_5xx: 3 });
  assert.deepEqual(last?.classes, { connect: 4 });
  const again = createTimeline(1, timeline.toSnapshot());
  assert.deepEqual(again.points(noLoad), timeline.points(noLoad));
});

test("what users feel counts from the intended start, and is the service time where none is intended", () => {
  const response = new Recorder();
  response.record(500);
  const cells = [answered(0, [5], { response: response.encode() ?? "" }), answered(1, [7])];
  const [intended, free] = fill(60_000, cells).points(noLoad);
  assert.deepEqual([intended?.service_ms.max, intended?.response_ms.max], [5, 500]);
  assert.deepEqual([free?.service_ms.max, free?.response_ms.max], [7, 7]);
});

test("a run without a planned end has never more than 1,200 points, and loses nothing as they grow coarser", () => {
  const seconds = Array.from({ length: 5000 }, (_, second) => second);
  const timeline = fill(
    undefined,
    seconds.map((second) => answered(second, [1 + second / 1000], { missed: 1, bytes: 10 })),
  );
  // 5,000 seconds need steps of 8 to be at most 1,200; steps double.
  assert.equal(timeline.stepS(), 8);
  const points = timeline.points(noLoad);
  assert.deepEqual(
    points.map(({ second }) => second),
    seconds.filter((second) => second % 8 === 0),
  );
  assert.ok(points.every(({ ok, missed, bytes }) => ok === 8 && missed === 8 && bytes === 80));
  // The last of the eight seconds from 0 on has the slowest answer: 1.007 ms.
  assert.equal(points[0]?.service_ms.max, 1.007);
});

test("however long a run is, and in whatever order results come, few of its distributions take more than some bytes", () => {
  const heldAfter = (seconds: number, at: (second: number) => number) => {
    const timeline = createTimeline(1);
    for (let second = 0; second < seconds; second++)
      timeline.addCell(measuredCell(answered(at(second), [1, 50, 3000])));
    return timeline.heldBytes();
  };
  // From 1 ms to 3 s there are some 12,000 buckets of a byte: twice in each of the 30 points that lie open, once in each of
  // the 30 seconds.
  const opened = 90 * 13_000;
  const packed = (1200 + 360) * 2 * 200;
  for (const seconds of [100, 1200, 7200]) {
    const inOrder = heldAfter(seconds, (second) => second);
    assert.ok(inOrder > opened / 2, "what is used lies open");
    assert.ok(inOrder < opened + packed, `${inOrder} bytes after ${seconds} s`);
    const backwards = heldAfter(seconds, (second) => seconds - second);
    assert.ok(backwards < opened + packed, `${backwards} bytes backwards after ${seconds} s`);
  }
});

test("cells that come late find their point packed, and tell the same as in time", () => {
  fc.assert(
    fc.property(anyCells, fc.infiniteStream(fc.nat()), (cells, random) => {
      const spread = cells.flatMap((cell) => [cell, { ...cell, second: (cell.second * 7) % 700 }]);
      const many = [...spread, ...Array.from({ length: 100 }, (_, second) => answered(second, [3, 9]))];
      const late = many
        .map((cell) => ({ cell, place: random.next().value as number }))
        .sort((a, b) => a.place - b.place)
        .map(({ cell }) => cell);
      assert.deepEqual(fill(60_000, late).points(noLoad), fill(60_000, many).points(noLoad));
    }),
    { numRuns: 20 },
  );
});

test("a rolling window counts the seconds before its end, and no other", () => {
  const cells = Array.from({ length: 30 }, (_, second) => answered(second, [second + 1], { failed: 1 }));
  const window = fill(60_000, cells).window(10, 25);
  assert.equal(window.from_s, 15);
  assert.equal(window.to_s, 25);
  assert.equal(window.completed_per_s, 2);
  assert.equal(window.error_rate, 0.5);
  assert.equal(window.service_ms?.max, 25);
});

test("a rolling window at a run's beginning is as long as the run is", () => {
  const timeline = fill(60_000, [answered(0, [5]), answered(1, [5]), answered(2, [5])]);
  const window = timeline.window(60, 2);
  assert.deepEqual([window.from_s, window.to_s, window.completed_per_s], [0, 2, 1]);
  const nothing = timeline.window(60, 0);
  assert.deepEqual([nothing.completed_per_s, nothing.error_rate, nothing.service_ms], [0, 0, undefined]);
});

test("rolling windows of a long run, whose points are coarse, tell the same as those of a short one", () => {
  fc.assert(
    fc.property(anyCells, fc.constantFrom(...WINDOW_LENGTHS_S), (cells, lengthS) => {
      // Results come roughly in order; the last of them is what has just happened.
      const inOrder = cells.toSorted((a, b) => a.second - b.second);
      const toS = (inOrder.at(-1)?.second ?? 0) + 1;
      const [short, long] = [fill(60_000, inOrder), fill(24 * HOUR_MS, inOrder)];
      assert.deepEqual(long.window(lengthS, toS), short.window(lengthS, toS));
      assert.equal(long.offeredPerS(toS - 10, toS), short.offeredPerS(toS - 10, toS));
    }),
  );
});

test("a result that comes half a minute late still counts in the longest window of a long run", () => {
  const timeline = fill(24 * HOUR_MS, [cellOf({ second: 600, ok: 1 }), cellOf({ second: 301, ok: 299 })]);
  assert.equal(timeline.window(300, 601).completed_per_s, 1);
});

test("the offered load counts what was planned, however it ended", () => {
  const timeline = fill(60_000, [cellOf({ second: 3, ok: 4, missed: 6 }), cellOf({ second: 4, lost: 10 })]);
  assert.equal(timeline.offeredPerS(3, 5), 10);
  assert.equal(timeline.offeredPerS(-5, 5), 4);
  assert.equal(timeline.offeredPerS(5, 5), 0);
});

test("a distribution that cannot be read costs the percentiles, never the counts", () => {
  const [point] = fill(60_000, [cellOf({ ok: 3, service: "!!!" })]).points(noLoad);
  assert.equal(point?.ok, 3);
  assert.equal(point?.service_ms.p50, null);
});
