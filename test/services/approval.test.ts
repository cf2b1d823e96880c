/** Which runs somebody else must approve, who that may be, and what a word that was given is good for. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Approval, Demand, RunRecord } from "../../libs/protocol/run.ts";
import { runKey } from "../../libs/protocol/run.ts";
import { readQuotas } from "../../libs/targets/caps.ts";
import { readRules } from "../../libs/targets/rules.ts";
import {
  type ApprovalRules,
  approvalOf,
  approvalReasons,
  isOfProduction,
  requireAnother,
  requireApprovedChange,
  withPrecedent,
} from "../../services/coordinator/access/approval.ts";
import { roleFor } from "../../services/coordinator/access/gate.ts";
import { firstEvent } from "../../services/coordinator/run/approving.ts";
import { addToPast, noPast } from "../../services/coordinator/run/history/past.ts";
import {
  type Effect,
  FIRST_STATE,
  type RunState,
  type RunStateEvent,
  transition,
} from "../../services/coordinator/run/state.ts";

const rules: ApprovalRules = {
  production: readRules("logs.example:9428 10.1.0.0/16", "test"),
  quotas: readQuotas("*:rate=100,duration=10m olga:rate=500", "test"),
  timeoutMs: 1000,
};
const demand: Demand = {
  target: "logs.example:9428",
  rate: 50,
  users: 0,
  in_flight: 50,
  duration_ms: 60_000,
};
const asked = (more: Partial<Demand> = {}, requester = "olga", isProduction = false) => ({
  demand: { ...demand, ...more },
  isProduction,
  requester,
});
const run = (more: Partial<RunRecord>) => ({ id: "run", demand, created_by: "olga", ...more }) as RunRecord;
const caller = (name: string, role: "operator" | "approver") =>
  ({ via: "HTTP", authorization: undefined, address: undefined, name, role }) as const;

test("a target is of production by its name or by an address that it leads to, on a port of the rule", () => {
  assert.ok(isOfProduction(rules, "logs.example", 9428, ["192.0.2.1"]));
  assert.ok(!isOfProduction(rules, "logs.example", 80, ["192.0.2.1"]));
  assert.ok(isOfProduction(rules, "alias.example", 80, ["10.1.2.3"]));
  assert.ok(!isOfProduction(rules, "staging.example", 9428, []));
});

test("a run needs approval for each reason: production, and a quota alone or with what its requester has under way", () => {
  assert.deepEqual(approvalReasons(rules, asked(), []), []);
  assert.match(approvalReasons(rules, asked({}, "olga", true), [])[0] ?? "", /is of production/);
  assert.match(
    approvalReasons(rules, asked({ rate: 501 }), [])[0] ?? "",
    /501 queries per second.*rate=500 of LOGBURST_QUOTAS for olga/,
  );
  assert.match(approvalReasons(rules, asked({ rate: 101 }, "otto"), [])[0] ?? "", /LOGBURST_QUOTAS for \*/);
  assert.equal(approvalReasons(rules, asked({ duration_ms: 3_600_000 }, "otto"), []).length, 1);
  const busy = run({ demand: { ...demand, rate: 480 } });
  assert.match(approvalReasons(rules, asked(), [busy])[0] ?? "", /would be 530/);
  assert.deepEqual(approvalReasons(rules, asked({}, "otto"), [busy]), [], "another one's runs do not count");
  assert.equal(approvalOf(rules, asked(), [], 5), undefined);
  assert.equal(approvalOf(rules, asked({ rate: 501 }), [], 5)?.until_ms, 1005);
});

test("without settings nothing waits", () => {
  const none = { production: readRules("", "test"), quotas: readQuotas(undefined, "test"), timeoutMs: 1 };
  assert.ok(!isOfProduction(none, "logs.example", 9428, ["10.1.2.3"]));
  assert.equal(approvalOf(none, asked({ rate: 1e9, duration_ms: 1e12 }), [], 0), undefined);
});

test("a quota that cannot be read is told with the word", () => {
  for (const text of ["rate=5", "olga:", "olga:speed=5"])
    assert.throws(() => readQuotas(text, "LOGBURST_QUOTAS"), /LOGBURST_QUOTAS: "/);
});

test("an approver approves, but never a run of their own", () => {
  assert.deepEqual([roleFor("run.approve"), roleFor("run.reject")], ["approver", "approver"]);
  requireAnother(run({}), caller("anna", "approver"));
  assert.throws(() => requireAnother(run({}), caller("olga", "approver")), { code: "forbidden" });
});

test("a change to what would have needed approval is an approver's to make; less is anybody's", () => {
  const changed = (rate: number, by: ReturnType<typeof caller>, more: Partial<RunRecord> = {}) =>
    requireApprovedChange(rules, run(more), { ...demand, rate }, [], by);
  changed(500, caller("olga", "operator"));
  assert.throws(() => changed(501, caller("olga", "operator")), /needs approval.*rate=500/);
  assert.throws(() => changed(501, caller("olga", "approver")), /needs approval/);
  changed(501, caller("anna", "approver"));
  assert.throws(() => changed(51, caller("olga", "operator"), { production: true }), /of production/);
  changed(49, caller("olga", "operator"), { production: true });
});

test("a word for an earlier run of the same plan holds for one that asks for no more, and for no other", async () => {
  const approved: Approval = { state: "approved", reasons: ["p"], until_ms: 0, by: "anna" };
  const records: Record<string, unknown> = {
    [runKey("a")]: { ...stored("a"), approval: { ...approved, state: "refused" } },
    [runKey("b")]: { ...stored("b"), approval: approved },
  };
  const bucket = { get: async (key: string) => ({ value: records[key], revision: 1 }) } as never;
  const wanted: Approval = { state: "awaited", reasons: ["p"], until_ms: 9 };
  const found = await withPrecedent(bucket, wanted, demand, ["a", "b", "c"]);
  assert.deepEqual(found, { ...wanted, state: "approved", by: "anna", reason: "with run b" });
  for (const more of [{ rate: 51 }, { target: "other:1" }, { users: 1 }, { duration_ms: 60_001 }])
    assert.equal(await withPrecedent(bucket, wanted, { ...demand, ...more }, ["a", "b"]), wanted);
  const graver: Approval = { ...wanted, reasons: ["p", "q"] };
  assert.equal(await withPrecedent(bucket, graver, demand, ["b"]), graver);
});

function stored(id: string) {
  return {
    ...{ v: 1, id, name: id, model: "open", phase: "completed", epoch: 1, revision: 1, seed: 1, demand },
    ...{ schedule_hash: "x", created_ms: 0, slots_needed: 1 },
  };
}

test("whoever leads next, a run waits until its word is said, and the first word holds", () => {
  const record = run({ approval: { state: "awaited", reasons: ["p"], until_ms: 0 } });
  const common = { v: 1, run: "run", at_ms: 0, epoch: 1 } as const;
  const past = noPast();
  assert.equal(firstEvent(run({}), past).type, "begin-muster");
  assert.equal(firstEvent(record, past).type, "approval-needed");
  addToPast(past, { ...common, type: "approval_awaited", reasons: ["p"], until_ms: 0 });
  assert.equal(firstEvent(record, past).type, "approval-needed");
  addToPast(past, { ...common, type: "taken_over", epoch: 5, node: "c" });
  addToPast(past, { ...common, type: "approved", by: "anna" });
  addToPast(past, { ...common, type: "approval_refused", by: "otto", reason: "no" });
  assert.equal(firstEvent(record, past).type, "begin-muster");
  const refused = noPast();
  addToPast(refused, { ...common, type: "approval_refused", by: "otto", reason: "no" });
  assert.deepEqual(firstEvent(record, refused), { type: "fault", reason: "otto did not approve it: no" });
});

type Row = readonly [
  name: string,
  from: RunState,
  event: RunStateEvent,
  to: RunState,
  effects: readonly Effect["do"][],
];
const inPhase = (phase: RunState["phase"], stopped = false): RunState => ({ phase, stopped });
const stop: RunStateEvent = { type: "stop-requested", reason: "enough" };
const waiting = inPhase("awaiting_approval");
const allowed: RunState = { ...waiting, approved: true };
const approve: RunStateEvent = { type: "approved", by: "anna", reason: undefined };
const refuse: RunStateEvent = { type: "refused", by: "anna", reason: "not today" };

const APPROVALS: readonly Row[] = [
  [
    "one that must be approved says so and waits",
    FIRST_STATE,
    { type: "approval-needed" },
    waiting,
    ["await-approval"],
  ],
  ["it does not begin by itself", waiting, { type: "begin-muster" }, waiting, []],
  ["the word that lets it begin is stored first", waiting, approve, allowed, ["tell-approved"]],
  [
    "then it calls for its workers",
    allowed,
    { type: "begin-muster" },
    inPhase("mustering"),
    ["publish-muster"],
  ],
  ["a refusal ends it", waiting, refuse, inPhase("failed"), ["refuse"]],
  ["who says so second says nothing", allowed, refuse, allowed, []],
  ["also where it is the same", allowed, approve, allowed, []],
  ["nobody approves what does not wait", inPhase("running"), approve, inPhase("running"), []],
  [
    "whoever asked for it may take it back",
    waiting,
    stop,
    inPhase("stopped", true),
    ["announce-stop", "finish"],
  ],
];

for (const [name, from, event, to, effects] of APPROVALS) {
  test(`phases of a run that must be approved: ${name}`, () => {
    const [next, done] = transition(from, event);
    assert.deepEqual(next, to);
    assert.deepEqual(
      done.map((effect) => effect.do),
      effects,
    );
  });
}
