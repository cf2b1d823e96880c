/** A running run becomes what a whole config says, whoever leads; and what it may ask for is bounded by the limits of the moment. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFinal, type RunRecord } from "../../libs/protocol/run.ts";
import { policyFrom } from "../../libs/targets/policy.ts";
import { documentOf } from "../support/configs.ts";
import { NO_LIMITS } from "../support/limits.ts";
import { playAsOperator } from "./operator-stage.ts";

const A = "http://a:9428";

function configOf(rate: number, durationS = 60, weight = 1): object {
  const workload = { model: "open" as const, target_qps: rate, duration: durationS, lanes: 1 };
  const queries = [
    { name: "a", template: "*", weight },
    { name: "b", template: "error" },
  ];
  return documentOf({ target: { url: A, client_timeout: 1 }, workload, queries });
}

const loadsOf = ({ changes }: RunRecord) =>
  changes.map((change) => (change.kind === "change" ? [change.load, change.weights] : [change.kind]));

test("a config changes rate and weights, takes back what was changed by hand, and is refused where more of it differs", async () => {
  await playAsOperator(NO_LIMITS, NO_LIMITS, async (stage) => {
    const { id } = await stage.granted("run.create", { config: configOf(10) });
    await stage.until("load", () => stage.sentMs(A).length > 20);
    const apply = (config: object) => stage.ask("run.apply", { id, config });

    assert.equal((await apply(configOf(10))).ok, true);
    assert.deepEqual(loadsOf(stage.record(id)), []);
    assert.equal((await apply(configOf(30, 60, 4))).ok, true);
    await stage.granted("run.change", { id, rate: 50 });
    assert.equal((await apply(configOf(30, 60, 4))).ok, true);
    await stage.until("the record", () => stage.record(id).changes.length === 3);
    assert.deepEqual(loadsOf(stage.record(id)), [
      [30, [4, 1]],
      [50, undefined],
      [30, undefined],
    ]);
    const refused = await apply(configOf(20, 90));
    assert.deepEqual([refused.ok, refused.code], [false, "bad_config"]);
    assert.match(refused.message ?? "", /spec\.workload\.duration: cannot be changed/);
    assert.equal((await apply(configOf(5000))).code, "conflict");
    assert.equal(stage.record(id).changes.length, 3);
    await stage.until("its end", () => isFinal(stage.record(id).phase));
    assert.equal(stage.record(id).phase, "completed");
  });
});

test("a config in the bucket is looked at once, by whoever leads: no later leader takes back what was changed since", async () => {
  await playAsOperator(NO_LIMITS, NO_LIMITS, async (stage) => {
    const { id } = await stage.granted("run.create", { config: configOf(10) });
    await stage.until("load", () => stage.sentMs(A).length > 20);
    const first = stage.want(id, configOf(20));
    await stage.until("its judgement", () => stage.judged(id)?.revision === first);
    assert.deepEqual([stage.judged(id)?.holds, loadsOf(stage.record(id))], [true, [[20, undefined]]]);
    await stage.granted("run.change", { id, rate: 35 });

    const before = stage.record(id).epoch;
    stage.killLeader();
    await stage.until("another leader", () => stage.record(id).epoch > before);
    const second = stage.want(id, configOf(35, 90));
    await stage.until("its judgement", () => stage.judged(id)?.revision === second);
    assert.deepEqual(
      [stage.judged(id)?.holds, stage.judged(id)?.problems.map(({ path }) => path)],
      [false, ["spec.workload.duration"]],
    );
    assert.deepEqual(
      loadsOf(stage.record(id)).map(([load]) => load),
      [20, 35],
    );
    const third = stage.want(id, configOf(15));
    await stage.until("its judgement", () => stage.judged(id)?.revision === third);
    assert.deepEqual(
      loadsOf(stage.record(id)).map(([load]) => load),
      [20, 35, 15],
    );
    assert.match(
      String(stage.record(id).changes.at(-1)?.by),
      new RegExp(`^wanted\\.${id}, revision ${third} over NATS`),
    );
  });
});

test("rules and caps that change while runs are live end those that they no longer allow, and bound what comes", async () => {
  let policy = policyFrom({ rules: ["*"], local: true });
  let caps = { total: {}, perTarget: {} };
  const limits = { ...NO_LIMITS, targets: () => policy, caps: () => caps };
  await playAsOperator(limits, limits, async (stage) => {
    const run = await stage.granted("run.create", { config: configOf(10) });
    await stage.until("load", () => stage.sentMs(A).length > 20);
    caps = { total: { rate: 15 }, perTarget: {} };
    assert.equal((await stage.ask("run.apply", { id: run.id, config: configOf(16) })).code, "over_cap");
    assert.equal(stage.record(run.id).phase, "running");
    policy = policyFrom({ rules: ["b:9428"], local: false });
    await stage.until("its end", () => isFinal(stage.record(run.id).phase));
    assert.equal(stage.record(run.id).phase, "stopped");
    assert.equal((await stage.ask("run.create", { config: configOf(10) })).code, "target_refused");
  });
});
