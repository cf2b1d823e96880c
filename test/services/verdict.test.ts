/** The verdict: the generator accuses itself before it judges the target, and says why. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Evidence, verdictOf } from "../../libs/fold/verdict/verdict.ts";
import { emptyCounts, type LedgerLine } from "../../libs/protocol/ledger.ts";
import type { UserSeconds } from "../../libs/protocol/report.ts";
import { exampleThresholds } from "../support/example-thresholds.ts";

/** A line whose books balance: planned is what ended. */
function lineOf(counts: Partial<LedgerLine>): LedgerLine {
  const { ok = 0, failed = 0, timed_out = 0, missed = 0, lost = 0, cancelled = 0 } = counts;
  const planned = ok + failed + timed_out + missed + lost + cancelled;
  return { ...emptyCounts(), planned, superseded: 0, ...counts };
}

function usersOf(idle: Partial<UserSeconds["idle_by_reason"]>): UserSeconds {
  const reasons = {
    slice_turnover: 0,
    worker_died: 0,
    waiting_for_capacity: 0,
    waiting_for_dispatch: 0,
    paused: 0,
    stopped: 0,
    ...idle,
  };
  const total = Object.values(reasons).reduce((sum, seconds) => sum + seconds, 0);
  return { planned: 1000, driven: 1000 - total, idle: total, idle_by_reason: reasons };
}

const FINE: Evidence = {
  ledger: lineOf({ ok: 1000 }),
  balanced: true,
  userSeconds: null,
  scheduleLagP99Ms: 2,
  shareSlow: 0,
  clockErrorMs: 0.5,
  thresholds: [],
  onlyWarmedUp: false,
};

type Case = readonly [name: string, change: Partial<Evidence>, verdict: string, reason: RegExp | undefined];

const TARGET: readonly Case[] = [
  ["everything was answered well", {}, "passed", undefined],
  [
    "some answers were bad, and no threshold says how many may be",
    { ledger: lineOf({ ok: 1, failed: 99 }) },
    "passed",
    undefined,
  ],
  [
    "no answer was good",
    { ledger: lineOf({ failed: 60, timed_out: 40 }) },
    "failed",
    /none of 100 queries was answered well/,
  ],
  ["nothing was sent", { ledger: lineOf({ cancelled: 10 }) }, "failed", /no query was sent/],
  ["nothing was planned", { ledger: lineOf({}) }, "failed", /no query was sent/],
  ["the run ended in its warm-up", { onlyWarmedUp: true }, "inconclusive", /no query was measured/],
  [
    "a threshold does not hold",
    { thresholds: [...exampleThresholds] },
    "failed",
    /^p\(99\) < 200ms of errors by level in each 10 s: 412\.5 ms from 20 s to 30 s, the worst of 36 windows/,
  ],
  [
    "a threshold has nothing to be held against",
    { thresholds: exampleThresholds.filter(({ state }) => state !== "failed") },
    "inconclusive",
    /^avg < 1s of category .*: nothing was measured$/,
  ],
  [
    "every threshold holds",
    { thresholds: exampleThresholds.filter(({ state }) => state === "passed") },
    "passed",
    undefined,
  ],
  [
    "a threshold does not hold and the generator is to blame",
    { thresholds: [...exampleThresholds], scheduleLagP99Ms: 500 },
    "inconclusive",
    /queries were sent late/,
  ],
  ["what was extra load failed", { ledger: lineOf({ ok: 10, superseded: 5 }) }, "passed", undefined],
];

const GENERATOR: readonly Case[] = [
  ["the books do not balance", { balanced: false }, "inconclusive", /books do not balance/],
  [
    "more than one in a hundred queries was missed or lost",
    { ledger: lineOf({ ok: 979, missed: 11, lost: 10 }) },
    "inconclusive",
    /2\.1 % of the planned queries were missed or lost \(limit 1\.0 %\)/,
  ],
  [
    "one in a hundred queries was missed: that is borne",
    { ledger: lineOf({ ok: 990, missed: 5, lost: 5 }) },
    "passed",
    undefined,
  ],
  [
    "nothing was answered because nothing was sent in time: that is not the target's fault",
    { ledger: lineOf({ missed: 100 }) },
    "inconclusive",
    /100\.0 %/,
  ],
  [
    "users stood idle for want of workers",
    { userSeconds: usersOf({ worker_died: 60, waiting_for_capacity: 50 }) },
    "inconclusive",
    /11\.0 % of the users' time was idle/,
  ],
  [
    "users stood idle for seconds while the leader changed: that is borne",
    { userSeconds: usersOf({ waiting_for_dispatch: 200 }) },
    "passed",
    undefined,
  ],
  [
    "users stood idle for long because nobody published",
    { userSeconds: usersOf({ waiting_for_dispatch: 201 }) },
    "inconclusive",
    /20\.1 % of the users' time was idle because no coordinator led/,
  ],
  [
    "users stood idle between slices and after a stop: that is no fault",
    { userSeconds: usersOf({ slice_turnover: 200, stopped: 700, worker_died: 100 }) },
    "passed",
    undefined,
  ],
  ["queries were sent late", { scheduleLagP99Ms: 100.1 }, "inconclusive", /p99 100\.1 ms after their time/],
  ["queries were sent at the limit of lateness", { scheduleLagP99Ms: 100 }, "passed", undefined],
  ["nothing had a time to be sent at", { scheduleLagP99Ms: null }, "passed", undefined],
  ["workers were short of CPU", { shareSlow: 0.25 }, "inconclusive", /short of CPU in 25\.0 %/],
  ["a worker's clock was not well known", { clockErrorMs: 60 }, "inconclusive", /only to 60\.0 ms/],
];

for (const [name, change, expected, reason] of [...TARGET, ...GENERATOR]) {
  test(`the verdict is ${expected} when ${name}`, () => {
    const { verdict, reasons } = verdictOf({ ...FINE, ...change });
    assert.equal(verdict, expected);
    assert.equal(reasons.length, reason ? 1 : 0, reasons.join("; "));
    if (reason) assert.match(reasons[0] ?? "", reason);
  });
}

test("everything that speaks against the generator is told, not only the first thing", () => {
  const { verdict, reasons } = verdictOf({
    ledger: lineOf({ missed: 50, failed: 50 }),
    balanced: false,
    userSeconds: usersOf({ worker_died: 500 }),
    scheduleLagP99Ms: 5000,
    shareSlow: 1,
    clockErrorMs: 1000,
    thresholds: [],
    onlyWarmedUp: false,
  });
  assert.equal(verdict, "inconclusive");
  assert.equal(reasons.length, 6);
});
