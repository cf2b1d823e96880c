/** Plans and schedules as arithmetic: when a start is due, and what comes next. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type CronTimes, readCron } from "../../libs/plans/cron.ts";
import { dueFires } from "../../libs/plans/fires.ts";
import type { ResolvedStage } from "../../libs/plans/resolve.ts";
import { nextRun } from "../../libs/plans/stages.ts";
import type { Outcome } from "../../libs/protocol/library/execution.ts";
import type { Verdict } from "../../libs/protocol/run.ts";

function cron(expression: string, zone = "UTC"): CronTimes {
  const times = readCron(expression, zone);
  assert.ok("next" in times, JSON.stringify(times));
  return times;
}

/** The starts of a while, as people write them. */
function startsOf(times: CronTimes, from: string, count: number): string[] {
  const found: string[] = [];
  let atMs: number | undefined = Date.parse(from);
  while (found.length < count) {
    atMs = times.next(atMs);
    if (atMs === undefined) break;
    found.push(new Date(atMs).toISOString().slice(0, 16));
  }
  return found;
}

test("where clocks go forward, a start in the hour that is not there is made right behind it, once", () => {
  assert.deepEqual(startsOf(cron("30 2 * * *", "Europe/Berlin"), "2026-03-28T00:00:00Z", 3), [
    "2026-03-28T01:30",
    "2026-03-29T01:00",
    "2026-03-30T00:30",
  ]);
  assert.deepEqual(startsOf(cron("0 * * * *", "Europe/Berlin"), "2026-03-29T00:10:00Z", 2), [
    "2026-03-29T01:00",
    "2026-03-29T02:00",
  ]);
});

test("where clocks go back, a start in the hour that is there twice is made once; each half hour is made in both", () => {
  assert.deepEqual(startsOf(cron("30 2 * * *", "Europe/Berlin"), "2026-10-24T12:00:00Z", 2), [
    "2026-10-25T00:30",
    "2026-10-26T01:30",
  ]);
  assert.deepEqual(startsOf(cron("*/30 * * * *", "Europe/Berlin"), "2026-10-24T23:50:00Z", 5), [
    "2026-10-25T00:00",
    "2026-10-25T00:30",
    "2026-10-25T01:00",
    "2026-10-25T01:30",
    "2026-10-25T02:00",
  ]);
});

test("what is no time has no start, and what is no expression or zone is told apart", () => {
  assert.equal(cron("0 0 30 2 *").next(0), undefined);
  assert.deepEqual(startsOf(cron("*/20 * * * * *"), "2026-01-01T00:00:50Z", 2), [
    "2026-01-01T00:01",
    "2026-01-01T00:01",
  ]);
  const faultOf = (expression: string, zone: string) => {
    const fault = readCron(expression, zone);
    return "field" in fault && fault.field;
  };
  assert.equal(faultOf("61 * * * *", "UTC"), "cron");
  assert.equal(faultOf("* * *", "UTC"), "cron");
  assert.equal(faultOf("* * * * *", "Mars/Olympus"), "time_zone");
});

const MINUTE = 60_000;
const everyMinute: CronTimes = { next: (afterMs) => (Math.floor(afterMs / MINUTE) + 1) * MINUTE };

test("a start in time is made; one that nobody saw to is made up for within the grace time, the last one alone", () => {
  const due = (decidedMin: number, nowMin: number, graceMin: number) => {
    const { missed, start } = dueFires(everyMinute, decidedMin * MINUTE, nowMin * MINUTE, graceMin * MINUTE);
    return [missed.map((ms) => ms / MINUTE), start === undefined ? undefined : start / MINUTE];
  };
  assert.deepEqual(due(5, 5.9, 10), [[], undefined]);
  assert.deepEqual(due(5, 6, 10), [[], 6]);
  assert.deepEqual(due(5, 8.5, 10), [[6, 7], 8]);
  assert.deepEqual(due(5, 8.5, 0.4), [[6, 7, 8], undefined]);
});

test("however often and whenever one looks, each start is decided once, in order, and none is left out", () => {
  const looks = fc.array(fc.integer({ min: 1, max: 400 * MINUTE }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(looks, fc.integer({ min: 0, max: 5 * MINUTE }), (steps, graceMs) => {
      let nowMs = 0;
      let decidedMs = 0;
      const decided: number[] = [];
      for (const stepMs of steps) {
        nowMs += stepMs;
        for (let again = 0; again < 10; again++) {
          const { missed, start } = dueFires(everyMinute, decidedMs, nowMs, graceMs);
          if (start !== undefined) assert.ok(nowMs - start <= graceMs);
          const told = start === undefined ? missed : [...missed, start];
          decided.push(...told);
          decidedMs = told.at(-1) ?? decidedMs;
        }
      }
      const all = Array.from({ length: Math.floor(nowMs / MINUTE) }, (_, at) => (at + 1) * MINUTE);
      assert.deepEqual(decided, all);
    }),
  );
});

const stage = (name: string, runs: number, more: Partial<ResolvedStage> = {}) => ({
  ...{ name, if: {}, stops: true, cuts: false },
  scenarios: Array.from({ length: runs }, (_, at) => `s${at}`),
  ...more,
});
const ended = (at: number, ...verdicts: Verdict[]) => verdicts.map((verdict) => ({ stage: at, verdict }));

test("stages run in order, and a failed one ends what is behind it unless it is told to go on", () => {
  const stages = [stage("a", 2), stage("b", 1)];
  const place = (outcomes: Pick<Outcome, "stage" | "verdict">[]) => {
    const next = nextRun(stages, outcomes);
    return next.do === "run" ? [next.stage, next.run] : [next.verdict, ...next.states];
  };
  assert.deepEqual(place([]), [0, 0]);
  assert.deepEqual(place(ended(0, "passed")), [0, 1]);
  assert.deepEqual(place(ended(0, "failed")), [0, 1], "the rest of a stage is run all the same");
  assert.deepEqual(place(ended(0, "passed", "inconclusive")), [1, 0]);
  assert.deepEqual(place(ended(0, "passed", "failed")), ["failed", "failed", "skipped"]);
  assert.deepEqual(place([...ended(0, "passed", "inconclusive"), ...ended(1, "passed")]), [
    "inconclusive",
    "inconclusive",
    "passed",
  ]);
  const patient = nextRun([stage("a", 1, { stops: false }), stage("b", 1)], ended(0, "failed"));
  assert.deepEqual([patient.do, patient.states], ["run", ["failed", "running"]]);
  const cut = nextRun([stage("a", 3, { cuts: true })], ended(0, "failed"));
  assert.deepEqual([cut.do, cut.states], ["end", ["failed"]]);
});

test("a stage runs where the stages that it names have ended as it says; else it is skipped", () => {
  const stages = [
    stage("a", 1, { stops: false }),
    stage("good", 1, { if: { a: ["passed"] } }),
    stage("bad", 1, { if: { a: ["failed", "inconclusive"] } }),
    stage("last", 1, { if: { good: ["skipped"], bad: ["passed"] } }),
  ];
  const states = (outcomes: Pick<Outcome, "stage" | "verdict">[]) => nextRun(stages, outcomes).states;
  assert.deepEqual(states(ended(0, "passed")), ["passed", "running", "waiting", "waiting"]);
  assert.deepEqual(states([...ended(0, "passed"), ...ended(1, "passed")]), [
    "passed",
    "passed",
    "skipped",
    "skipped",
  ]);
  assert.deepEqual(states(ended(0, "failed")), ["failed", "skipped", "running", "waiting"]);
  const last = nextRun(stages, [...ended(0, "failed"), ...ended(2, "passed"), ...ended(3, "passed")]);
  assert.deepEqual(last, { do: "end", verdict: "failed", states: ["failed", "skipped", "passed", "passed"] });
});

test("whatever becomes of runs, an execution makes each at most once, in order, and ends", () => {
  const verdicts = fc.infiniteStream(fc.constantFrom<Verdict>("passed", "failed", "inconclusive"));
  const shapes = fc.array(
    fc.record({
      runs: fc.integer({ min: 1, max: 4 }),
      stops: fc.boolean(),
      cuts: fc.boolean(),
      needs: fc.boolean(),
    }),
    { minLength: 1, maxLength: 6 },
  );
  fc.assert(
    fc.property(shapes, verdicts, (drawn, stream) => {
      const stages = drawn.map(({ runs, stops, cuts, needs }, at) =>
        stage(`s${at}`, runs, {
          stops,
          cuts,
          ...(needs && at > 0 && { if: { [`s${at - 1}`]: ["passed"] } }),
        }),
      );
      const outcomes: { stage: number; verdict: Verdict }[] = [];
      const made: number[] = [];
      for (const verdict of stream) {
        const next = nextRun(stages, outcomes);
        if (next.do === "end") break;
        made.push(next.stage * 100 + next.run);
        outcomes.push({ stage: next.stage, verdict });
      }
      assert.deepEqual(
        made,
        [...new Set(made)].sort((a, b) => a - b),
      );
      assert.equal(nextRun(stages, outcomes).do, "end");
    }),
  );
});
