/** Caps on load: what a run asks for, what it may have alone, and what live runs may have together. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { planOf } from "../../libs/load/plan.ts";
import { LogburstError } from "../../libs/protocol/errors.ts";
import type { Demand, RunRecord } from "../../libs/protocol/run.ts";
import { type Caps, readCaps } from "../../libs/targets/caps.ts";
import { demandOf } from "../../libs/targets/demand.ts";
import { policyOf } from "../../libs/targets/policy.ts";
import { admitRun, beyondCaps, requireWithinCaps } from "../../services/coordinator/access/admission.ts";
import { config, paired, planFor, type WorkloadDocument } from "../support/configs.ts";
import { NO_LIMITS } from "../support/limits.ts";
import { manualClock } from "../support/manual-clock.ts";

function demandFor(workload: WorkloadDocument, spec: object = {}): Demand {
  return demandOf(config({ ...spec, workload } as never), planFor(workload, spec));
}

const caps = (total: string, perTarget = ""): Caps => ({
  total: readCaps(total, "LOGBURST_CAPS"),
  perTarget: readCaps(perTarget, "LOGBURST_TARGET_CAPS"),
});

function refusalOf(limits: Caps, asked: Demand, live: readonly Demand[] = []): LogburstError | undefined {
  try {
    requireWithinCaps(limits, asked, live);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof LogburstError);
    return error;
  }
}

test("a run asks for its peak: users wait for their answers, a rate may have each of its queries out until its deadline", () => {
  assert.deepEqual(demandFor({ total_concurrent_users: 10, duration: 60 }), {
    target: "localhost:9428",
    rate: 0,
    users: 10,
    in_flight: 10,
    duration_ms: 60_000,
  });
  const open = demandFor(
    {
      model: "open",
      stages: [
        { duration: 5, target: 20 },
        { duration: 5, target: 80 },
      ],
    },
    {
      target: { url: "http://[::1]", client_timeout: "2s" },
      queries: [
        { name: "a", template: "*" },
        { name: "b", template: "*", client_timeout: "3s" },
      ],
    },
  );
  assert.deepEqual(open, { target: "[::1]:80", rate: 80, users: 0, in_flight: 240, duration_ms: 10_000 });
  assert.equal(demandFor({ model: "count", total_queries: 10 }).duration_ms, undefined);
});

test("a run beyond a cap is refused with the cap, its value and what to change", () => {
  const cases: [string, WorkloadDocument, RegExp][] = [
    [
      "rate=49",
      { model: "open", target_qps: 50, duration: 10 },
      /50 queries per second.*rate=49.*LOGBURST_CAPS/,
    ],
    ["users=9", { total_concurrent_users: 10, duration: 10 }, /10 users.*users=9/],
    [
      "in_flight=100",
      { model: "open", target_qps: 50, duration: 10 },
      /1500 queries in flight.*in_flight=100/,
    ],
    ["duration=9", { total_concurrent_users: 1, duration: 10 }, /10 seconds.*duration=9/],
    ["duration=1h", { model: "count", total_queries: 5 }, /unlimited seconds.*duration=3600/],
  ];
  for (const [text, workload, words] of cases) {
    const refused = refusalOf(caps(text), demandFor(workload));
    assert.equal(refused?.code, "over_cap", text);
    assert.match(refused.message, words);
    assert.match(refused.remedies[0] ?? "", /workload|client_timeout/);
    assert.match(
      refusalOf(caps("", text), demandFor(workload))?.message ?? "",
      /localhost:9428.*LOGBURST_TARGET_CAPS/,
    );
  }
  assert.equal(
    refusalOf(
      caps("rate=50 users=0 duration=10s"),
      demandFor({ model: "open", target_qps: 50, duration: 10 }),
    ),
    undefined,
  );
});

test("live runs count together: in total all of them, on a target those that ask it", () => {
  const here = demandFor({ total_concurrent_users: 6, duration: 10 });
  const there = { ...here, target: "other:9428" };
  assert.equal(refusalOf(caps("", "users=10"), here, [there, there]), undefined);
  assert.equal(refusalOf(caps("", "users=10"), here, [here])?.code, "caps_reached");
  const inAll = refusalOf(caps("users=10"), here, [there]);
  assert.equal(inAll?.code, "caps_reached");
  assert.match(inAll.message, /6 users and those of live runs would be 12.*users=10/);
  assert.ok(inAll.remedies.some((remedy) => remedy.includes("stop one")));
});

test("a run on two targets weighs on both: a rate on each of them and twice in all, users on one at a time", () => {
  const open = { model: "open", target_qps: 50, duration: 10 } as const;
  const rate = demandFor(open, paired());
  assert.deepEqual([rate.target, rate.second_target, rate.rate], ["old:9428", "new:9428", 50]);
  assert.equal(refusalOf(caps("rate=100", "rate=50"), rate), undefined);
  assert.match(refusalOf(caps("rate=99"), rate)?.message ?? "", /asks for 100 queries per second/);
  assert.match(refusalOf(caps("", "rate=49"), rate)?.message ?? "", /50 queries per second on old:9428/);
  const one = demandFor(open, paired({}, { b: { url: "http://old:9428" } }));
  assert.match(refusalOf(caps("", "rate=99"), one)?.message ?? "", /100 queries per second on old:9428/);
  const users = demandFor({ total_concurrent_users: 6, duration: 10 }, paired());
  assert.equal(refusalOf(caps("users=6", "users=6"), users), undefined);
  const busy = { ...demandFor({ total_concurrent_users: 5, duration: 10 }), target: "new:9428" };
  assert.equal(refusalOf(caps("", "users=10"), users, [busy])?.code, "caps_reached");
  assert.equal(refusalOf(caps("", "users=10"), busy, [users])?.code, "caps_reached");
});

test("a run on two targets is refused where either is not allowed, with the place of the one that is not", async () => {
  const asked = config(paired());
  const admit = (rules: string) =>
    admitRun(
      { ...NO_LIMITS, targets: () => policyOf(rules, false) },
      manualClock(),
      asked,
      planOf(asked, 1),
      () => [],
      undefined,
    );
  await admit("old:9428 new:9428");
  await assert.rejects(admit("old:9428"), /spec\.targets\.b\.url: new .*not among the allowed targets/);
  await assert.rejects(admit("new:9428"), /spec\.targets\.a\.url/);
});

test("what is not a cap is an error that shows it", () => {
  for (const text of ["rate", "rate=", "rate=-1", "speed=1", "rate=1h", "duration=1w", "users=1e3"])
    assert.throws(() => readCaps(text, "LOGBURST_CAPS"), new RegExp(`LOGBURST_CAPS: "${text}"`));
});

test("whatever is live, what a leader lets go on is within the caps, and it stops no run without need", () => {
  const anyRecord = fc.record({
    created_ms: fc.nat(5),
    phase: fc.constantFrom("requested", "mustering", "running", "draining", "completed"),
    rate: fc.integer({ min: 0, max: 40 }),
    users: fc.integer({ min: 0, max: 40 }),
    target: fc.constantFrom("a:1", "b:1"),
  });
  fc.assert(
    fc.property(fc.array(anyRecord, { maxLength: 8 }), fc.nat(100), fc.nat(60), (runs, total, each) => {
      const limits: Caps = { total: { rate: total, users: total }, perTarget: { rate: each } };
      const records = runs.map(({ rate, users, target, ...record }, index) => ({
        ...record,
        id: `r${index}`,
        demand: { rate, users, target, in_flight: 0 },
      })) as unknown as (RunRecord & { demand: Demand })[];
      const stopped = new Set(beyondCaps(limits, records).map(({ id }) => id));
      const going = records.filter(({ id, phase }) => !stopped.has(id) && !/draining|completed/.test(phase));
      const sum = (of: (demand: Demand) => number) => going.reduce((all, { demand }) => all + of(demand), 0);
      assert.ok(sum(({ rate }) => rate) <= total);
      assert.ok(sum(({ users }) => users) <= total);
      for (const target of ["a:1", "b:1"])
        assert.ok(sum((demand) => (demand.target === target ? demand.rate : 0)) <= each);
      for (const { id, demand, phase, created_ms: createdMs } of records) {
        if (!stopped.has(id)) continue;
        assert.ok(!/draining|completed/.test(phase));
        const older = going.filter((other) => other.created_ms <= createdMs);
        assert.notEqual(
          refusalOf(
            limits,
            demand,
            older.map((other) => other.demand),
          ),
          undefined,
        );
      }
    }),
  );
});
