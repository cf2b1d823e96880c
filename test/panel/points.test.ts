/** Live figures folded into the columns of charts: nothing twice, nothing made up, and no more than is kept. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TimelinePoint } from "../../libs/protocol/timeline.ts";
import { columnsOf } from "../../services/coordinator/panel/charts/columns.ts";
import { wantsLog } from "../../services/coordinator/panel/charts/line.ts";
import {
  bookOf,
  EMPTY_BOOK,
  MAX_POINTS,
  MAX_SAMPLES,
  withPoints,
  withSample,
} from "../../services/coordinator/panel/charts/points.ts";
import { shownStretch } from "../../services/coordinator/panel/charts/zoom.ts";

function point(second: number, ok: number, more: Partial<TimelinePoint> = {}): TimelinePoint {
  const latency = { p50: 1, p95: 2, p99: 3, p99_9: 4, max: 4 };
  const none = { failed: 0, timed_out: 0, missed: 0, lost: 0, cancelled: 0 };
  return {
    ...{ second, ok, planned: ok, load: 10, bytes: 0, lag_p99_ms: 0.5, ...none },
    ...{ service_ms: latency, response_ms: latency, heat: [], classes: {}, ...more },
  };
}

test("what comes later for a second takes the place of what was told of it before", () => {
  const first = withPoints(EMPTY_BOOK, { step_s: 1, points: [point(0, 5), point(1, 2)] });
  const then = withPoints(first, { step_s: 1, points: [point(1, 9), point(2, 4)] });
  assert.deepEqual(columnsOf(then).ok, [5, 9, 4]);
  assert.deepEqual(columnsOf(first).ok, [5, 2], "what is drawn does not change underfoot");
});

test("points that get coarser take the place of the seconds that they cover, and stay rates per second", () => {
  const fine = withPoints(EMPTY_BOOK, { step_s: 1, points: [0, 1, 2, 3, 4].map((at) => point(at, 10)) });
  const coarse = withPoints(fine, { step_s: 2, points: [point(2, 30), point(4, 40)] });
  assert.deepEqual(columnsOf(coarse).second, [0, 1, 2, 4]);
  assert.deepEqual(columnsOf(coarse).ok, [10, 10, 15, 20]);
});

test("seconds that the page did not hear of are a gap, and not a straight line", () => {
  const book = withPoints(bookOf({ step_s: 1, points: [point(0, 5)] }), { step_s: 1, points: [point(9, 7)] });
  assert.deepEqual(columnsOf(book).second, [0, 1, 9]);
  assert.deepEqual(columnsOf(book).ok, [5, null, 7]);
});

test("the seconds that are not settled yet are not drawn as a fall", () => {
  const book = bookOf({ step_s: 1, points: [point(0, 5), point(1, 5), point(2, 1)] });
  assert.deepEqual(columnsOf(book, 2).ok, [5, 5]);
});

test("sent are those that ended by an answer, an error or a timeout, and no others", () => {
  const counts = { planned: 21, failed: 2, timed_out: 3, missed: 4, lost: 5, cancelled: 6 };
  const columns = columnsOf(bookOf({ step_s: 1, points: [point(0, 1, counts)] }));
  assert.deepEqual([columns.planned, columns.sent, columns.ok], [[21], [6], [1]]);
});

test("a percentile of too few values is not drawn; the highest value is", () => {
  const columns = columnsOf(bookOf({ step_s: 1, points: [point(0, 15), point(1, 200)] }));
  assert.deepEqual(
    [columns.p50Ms, columns.p95Ms, columns.p99Ms],
    [
      [1, 1],
      [null, 2],
      [null, 3],
    ],
  );
  assert.deepEqual(columns.maxMs, [4, 4]);
});

test("a page that lies open for days keeps a bounded number of points and samples", () => {
  let book = EMPTY_BOOK;
  for (let second = 0; second < 3 * MAX_POINTS; second += 10) {
    const points = Array.from({ length: 10 }, (_, index) => point(second + index, 1));
    book = withPoints(withSample(book, { second, inFlight: 1, workers: 1 }), { step_s: 1, points });
  }
  assert.equal(book.points.length, MAX_POINTS);
  assert.equal(book.points.at(-1)?.second, 3 * MAX_POINTS - 1);
  for (let second = 1e6; second < 1e6 + 3 * MAX_SAMPLES; second++)
    book = withSample(book, { second, inFlight: second, workers: 1 });
  assert.ok(book.samples.length <= MAX_SAMPLES);
  assert.deepEqual(
    book.samples.slice(-3).map((sample) => sample.second),
    [1e6 + 3 * MAX_SAMPLES - 3, 1e6 + 3 * MAX_SAMPLES - 2, 1e6 + 3 * MAX_SAMPLES - 1],
  );
});

test("a sample of the same second counts once, the later one", () => {
  const book = [3, 7].reduce(
    (sum, inFlight) => withSample(sum, { second: 5, inFlight, workers: 2 }),
    EMPTY_BOOK,
  );
  assert.deepEqual(book.samples, [{ second: 5, inFlight: 7, workers: 2 }]);
});

test("a scale of powers of ten is for values that a linear one would press to the ground", () => {
  assert.equal(wantsLog([{ values: [1, 49, null] }]), false);
  assert.equal(wantsLog([{ values: [1, null] }, { values: [51, 0] }]), true);
  assert.equal(wantsLog([{ values: [null] }]), false);
});

test("charts show the stretch that was chosen, else all, and at the beginning ten seconds", () => {
  assert.deepEqual(shownStretch({ fromS: 3, toS: 5 }, 0, 60), [3, 5]);
  assert.deepEqual(shownStretch(undefined, 0, 60), [0, 60]);
  assert.deepEqual(shownStretch(undefined, 0, 2), [0, 10]);
});
