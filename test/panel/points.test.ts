/** Live figures folded into the columns of charts: nothing twice, nothing made up, and no more than is kept. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { LiveTimeline, TimelinePoint } from "../../libs/protocol/timeline.ts";
import { columnsOf } from "../../services/coordinator/panel/charts/columns.ts";
import { wantsLog } from "../../services/coordinator/panel/charts/line.ts";
import {
  type Book,
  EMPTY_BOOK,
  MAX_FLEET_POINTS,
  MAX_POINTS,
  withTimeline,
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

const NOTHING = { queries: [], fleet: [], servers: [] };

/** A book that is told stretches, one after the other. */
const toldOf = (...told: Pick<LiveTimeline, "step_s" | "points">[]): Book =>
  told.reduce((book, each) => withTimeline(book, { ...NOTHING, ...each }), EMPTY_BOOK);

test("what comes later for a second takes the place of what was told of it before", () => {
  const first = toldOf({ step_s: 1, points: [point(0, 5), point(1, 2)] });
  const news = { ...NOTHING, step_s: 1, points: [point(1, 9), point(2, 4)] };
  assert.deepEqual(columnsOf(withTimeline(first, news).points).ok, [5, 9, 4]);
  assert.deepEqual(columnsOf(first.points).ok, [5, 2], "what is drawn does not change underfoot");
});

test("points that get coarser take the place of the seconds that they cover, and stay rates per second", () => {
  const fine = { step_s: 1, points: [0, 1, 2, 3, 4].map((at) => point(at, 10)) };
  const { points } = toldOf(fine, { step_s: 2, points: [point(2, 30), point(4, 40)] });
  assert.deepEqual(columnsOf(points).second, [0, 1, 2, 4]);
  assert.deepEqual(columnsOf(points).ok, [10, 10, 15, 20]);
});

test("seconds that the page did not hear of are a gap, and not a straight line", () => {
  const { points } = toldOf({ step_s: 1, points: [point(0, 5), point(9, 7)] });
  assert.deepEqual(columnsOf(points).second, [0, 1, 9]);
  assert.deepEqual(columnsOf(points).ok, [5, null, 7]);
});

test("older seconds that are told again, in parts, find their places and move no other one", () => {
  const { points } = toldOf(
    { step_s: 1, points: [point(3, 3), point(4, 4)] },
    { step_s: 1, points: [point(0, 9), point(4, 5)] },
    { step_s: 1, points: [point(1, 1), point(2, 2)] },
  );
  assert.deepEqual(columnsOf(points).ok, [9, 1, 2, 3, 5]);
});

test("the seconds that are not settled yet are not drawn as a fall", () => {
  const { points } = toldOf({ step_s: 1, points: [point(0, 5), point(1, 5), point(2, 1)] });
  assert.deepEqual(columnsOf(points, 2).ok, [5, 5]);
});

test("sent are those that ended by an answer, an error or a timeout, and no others", () => {
  const counts = { planned: 21, failed: 2, timed_out: 3, missed: 4, lost: 5, cancelled: 6 };
  const columns = columnsOf([{ ...point(0, 1, counts), stepS: 1 }]);
  assert.deepEqual([columns.planned, columns.sent, columns.ok], [[21], [6], [1]]);
});

test("a percentile of too few values is not drawn; the highest value is", () => {
  const columns = columnsOf(toldOf({ step_s: 1, points: [point(0, 15), point(1, 200)] }).points);
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

test("a page that lies open for days keeps a bounded number of points", () => {
  let book = EMPTY_BOOK;
  const lastS = 3 * MAX_POINTS - 1;
  for (let second = 0; second <= lastS; second += 10) {
    const points = Array.from({ length: 10 }, (_, index) => point(second + index, 1));
    const fleet = points.map((each) => ({
      second: each.second,
      workers: 1,
      in_flight: 1,
      queued: 0,
      outstanding: 1,
    }));
    book = withTimeline(book, { ...NOTHING, step_s: 1, points, fleet });
  }
  assert.deepEqual([book.points.length, book.fleet.length], [MAX_POINTS, MAX_FLEET_POINTS]);
  assert.deepEqual([book.points.at(-1)?.second, book.fleet.at(-1)?.second], [lastS, lastS]);
});

test("a moment of the fleet that is told again counts once, and what has no news is not drawn anew", () => {
  const fleet = [{ second: 2.001, workers: 3, in_flight: 7, queued: 1, outstanding: 9 }];
  const once = withTimeline(EMPTY_BOOK, { ...NOTHING, step_s: 1, points: [], fleet });
  const twice = withTimeline(once, { ...NOTHING, step_s: 1, points: [], fleet });
  assert.deepEqual(twice.fleet, fleet);
  assert.equal(twice.fleet, once.fleet);
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
