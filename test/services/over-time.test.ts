/** What a run keeps of its single queries and of its fleet over time: it adds up, is bounded, and whoever comes late hears all of it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createFleet, MAX_FLEET_POINTS } from "../../libs/fold/fleet.ts";
import { createQueryTimelines, KEPT_QUERIES, MAX_QUERY_POINTS } from "../../libs/fold/query-timelines.ts";
import { reportOf } from "../../libs/fold/report.ts";
import type { FleetPoint } from "../../libs/protocol/fleet.ts";
import { LEDGER_STATES } from "../../libs/protocol/ledger.ts";
import { LiveTimeline } from "../../libs/protocol/timeline.ts";
import { measuredCell } from "../../libs/stats/measured.ts";
import { liveOf } from "../../services/aggregator/live.ts";
import { createLiveBook } from "../../services/coordinator/api/live-book.ts";
import { anyLoggedRun, foldPart, newFold } from "../support/logs.ts";
import { cellOf, distributionOf } from "../support/results.ts";

const CONTEXT = { shownConfig: {}, warnings: [], versions: {} };
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

test("each query over time adds up to what became of it, second by second, in any run", () => {
  fc.assert(
    fc.property(anyLoggedRun, (run) => {
      const fold = newFold(run);
      foldPart(run, fold, [0, run.entries.length], [0, run.events.length]);
      const { query_timelines: kept, timeline, queries } = reportOf(fold, CONTEXT);
      assert.deepEqual(
        kept.map(({ query }) => query),
        queries.map(({ name }) => name),
      );
      for (const state of LEDGER_STATES) {
        const ofQueries = sum(kept.flatMap(({ points }) => points.map((point) => point[state] ?? 0)));
        assert.equal(ofQueries, sum(timeline.map((point) => point[state])), state);
      }
      for (const { ok = 0, heat } of kept.flatMap(({ points }) => points))
        assert.equal(sum(heat.filter((_, at) => at % 2 === 1)), ok);
    }),
    { numRuns: 30 },
  );
});

test("of many queries those with the largest weights are kept, in the order of the config, and never more points than a bound", () => {
  const weights = Array.from({ length: 3 * KEPT_QUERIES }, (_, at) => ({ name: `q${at}`, weight: at % 3 }));
  const timelines = createQueryTimelines(weights, 60_000);
  for (let second = 0; second < 10 * MAX_QUERY_POINTS; second++)
    for (const query of [2, 3]) {
      const cell = cellOf({ query, second, ok: 2, service: distributionOf(2) });
      timelines.addCell(measuredCell(cell));
    }
  const kept = timelines.timelines();
  assert.deepEqual(
    kept.map(({ query }) => query),
    weights.filter(({ weight }) => weight === 2).map(({ name }) => name),
  );
  const [first] = kept;
  assert.ok((first?.points.length ?? 0) <= MAX_QUERY_POINTS);
  assert.equal(sum(first?.points.map(({ ok = 0 }) => ok) ?? []), 20 * MAX_QUERY_POINTS);
});

const moment = (second: number, inFlight: number): FleetPoint => {
  return { second, workers: 2, in_flight: inFlight, queued: 0, outstanding: 3 };
};

test("workers and queue of a long run get coarser, but no peak is lost, wherever the fold is cut", () => {
  const whole = createFleet();
  let broken = createFleet();
  for (let at = 0; at < 5 * MAX_FLEET_POINTS; at++) {
    const point = moment(2 * at, at === 1501 ? 99 : 1);
    whole.add(point);
    broken.add(point);
    if (at % 700 === 350) broken = createFleet(JSON.parse(JSON.stringify(broken.toSnapshot())));
  }
  const points = whole.points();
  assert.ok(points.length <= MAX_FLEET_POINTS + 8, String(points.length));
  assert.deepEqual(
    [points.filter(({ in_flight }) => in_flight === 99).length, points.at(-1)?.second],
    [1, 5998],
  );
  assert.deepEqual(broken.points(), points);
});

test("moments that are not behind the last one, or that no run has, are passed over", () => {
  const fleet = createFleet();
  for (const second of [-1, 4, 4, 2, 1e9]) fleet.add(moment(second, 1));
  assert.deepEqual(fleet.points(), [moment(4, 1)]);
});

test("a coordinator that begins to listen in the middle of a run knows all of its time within a minute", () => {
  const [run] = fc.sample(anyLoggedRun, { numRuns: 1, seed: 7 });
  assert.ok(run);
  const fold = newFold(run);
  foldPart(run, fold, [0, run.entries.length], [0, 2]);
  for (let at = 0; at < 500; at++) fold.fleet.add(moment(100 + 2 * at, at));
  const book = createLiveBook();
  const longAfterMs = 1_000_000;
  for (let second = 0; second < 60; second++) {
    const live = liveOf(fold, longAfterMs + second * 1000, []);
    assert.ok((live.timeline?.fleet.length ?? 0) < 20, "a part at a time");
    book.add(live);
  }
  const { points, queries, fleet } = LiveTimeline.parse(book.of("run"));
  const report = reportOf(fold, CONTEXT);
  assert.deepEqual(points, report.timeline);
  assert.deepEqual(queries, report.query_timelines);
  assert.deepEqual(fleet, report.fleet);
});
