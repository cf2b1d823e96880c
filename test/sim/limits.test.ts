/** Limits on load hold wherever it begins or grows: under its leader, and under the next one with limits of its own. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { isFinal } from "../../libs/protocol/run.ts";
import { readCaps } from "../../libs/targets/caps.ts";
import { policyFrom } from "../../libs/targets/policy.ts";
import type { LoadLimits } from "../../services/coordinator/access/admission.ts";
import { documentOf } from "../support/configs.ts";
import { NO_LIMITS } from "../support/limits.ts";
import { playAsOperator } from "./operator-stage.ts";

const capped = (caps: string): LoadLimits => {
  const set = { total: readCaps(caps, "LOGBURST_CAPS"), perTarget: {} };
  return { ...NO_LIMITS, caps: () => set };
};
const allowing = (...rules: string[]): LoadLimits => {
  const policy = policyFrom({ rules, local: false });
  return { ...NO_LIMITS, targets: () => policy };
};

/** So many queries a second at a target, for so long. */
function openOf(rate: number, durationS = 20, url = "http://a:9428", more: object = {}) {
  const workload = { model: "open" as const, target_qps: rate, duration: durationS, lanes: 1 };
  return { config: documentOf({ target: { url, client_timeout: 1 }, workload, ...more }) };
}

test("a run that was only accepted starts under the rules and the caps of the moment", async () => {
  const [a, b] = [allowing("a:9428"), allowing("b:9428")];
  await playAsOperator(a, { ...b, caps: capped("rate=10").caps }, async (stage) => {
    const { id } = await stage.granted("run.create", { ...openOf(10), start: false });
    stage.killLeader();
    const refused = await stage.ask("run.start", { id });
    assert.equal(refused.code, "target_refused", refused.message);
    assert.match(refused.message ?? "", /a .*is not among the allowed targets/);
    assert.equal(stage.record(id).phase, "created");
    assert.equal((await stage.ask("run.clone", { id })).code, "target_refused");
    const set = { "target.url": "http://b:9428" };
    assert.equal(
      (await stage.ask("run.clone", { id, set: { ...set, "workload.target_qps": 11 } })).code,
      "over_cap",
    );
    const clone = await stage.granted("run.clone", { id, set, start: false });
    const other = await stage.granted("run.create", openOf(1, 5, "http://b:9428"));
    assert.equal((await stage.ask("run.start", { id: clone.id })).code, "caps_reached");
    await stage.until("its end", () => isFinal(stage.record(other.id).phase));
    const started = await stage.granted("run.start", { id: clone.id });
    assert.deepEqual([started.phase === "created", started.allowed?.rules], [false, ["b:9428"]]);
    assert.equal(stage.sentMs("http://a:9428").length, 0);
  });
});

test("a live run whose target a new leader does not allow is stopped, one that it allows goes on under its rules", async () => {
  await playAsOperator(allowing("a:9428", "b:9428"), allowing("b:9000-9999", "c"), async (stage) => {
    const refused = await stage.granted("run.create", openOf(10));
    const allowed = await stage.granted("run.create", openOf(10, 20, "http://b:9428"));
    await stage.until("load", () => stage.sentMs("http://a:9428").length > 20);
    stage.killLeader();
    await stage.until("its end", () => isFinal(stage.record(refused.id).phase));
    assert.equal(stage.record(refused.id).phase, "stopped");
    await stage.until("the other's end", () => isFinal(stage.record(allowed.id).phase));
    assert.equal(stage.record(allowed.id).phase, "completed");
    assert.deepEqual(stage.record(allowed.id).allowed?.rules, ["b:9000-9999", "c"]);
    assert.ok(stage.sentMs("http://a:9428").length < 150, "most of it was never sent");
    assert.ok(stage.sentMs("http://b:9428").length >= 200);
  });
});

test("the caps hold for what a run was changed to, under its leader and under the next one", async () => {
  await playAsOperator(capped("rate=30"), capped("rate=30"), async (stage) => {
    const { id } = await stage.granted("run.create", openOf(10, 60));
    await stage.until("load", () => stage.sentMs("http://a:9428").length > 20);
    assert.equal((await stage.ask("run.change", { id, rate: 31 })).code, "over_cap");
    await stage.granted("run.change", { id, rate: 25 });
    assert.equal(stage.record(id).demand?.rate, 25);
    for (const [verb, request] of [
      ["run.create", openOf(10)],
      ["run.clone", { id }],
    ] as const)
      assert.equal((await stage.ask(verb, request)).code, "caps_reached", verb);
    await stage.granted("run.change", { id, rate: 15 });
    const other = await stage.granted("run.create", openOf(10));
    await stage.until("the other's load", () => stage.record(other.id).phase === "running");
    assert.equal((await stage.ask("run.change", { id, rate: 21 })).code, "caps_reached");
    assert.equal((await stage.ask("run.change", { id: other.id, rate: 16 })).code, "caps_reached");
    await stage.granted("run.stop", { id: other.id });
    await stage.until("the other's end", () => isFinal(stage.record(other.id).phase));

    // The log has the change, and its leader is gone before the record says so.
    stage.killLeaderAtChange();
    await stage.ask("run.change", { id, rate: 28 });
    await stage.until("the record", () => stage.record(id).demand?.rate === 28);
    assert.equal((await stage.ask("run.create", openOf(3))).code, "caps_reached");
    assert.equal((await stage.ask("run.change", { id, rate: 31 })).code, "over_cap");
    const small = await stage.granted("run.create", openOf(2, 1));
    await stage.until("its end", () => isFinal(stage.record(small.id).phase));
    assert.equal(stage.record(id).phase, "running");
  });
});

test("under lower caps a new leader stops the runs that came last, and sends nothing more of them", async () => {
  await playAsOperator(capped("users=9"), capped("users=5"), async (stage) => {
    const closedOf = (url: string) => {
      const workload = { total_concurrent_users: 4, duration: 30, lanes: 4 };
      return { config: documentOf({ target: { url, client_timeout: 1 }, workload }) };
    };
    const first = await stage.granted("run.create", closedOf("http://a:9428"));
    const second = await stage.granted("run.create", closedOf("http://b:9428"));
    await stage.until("load", () => stage.sentMs("http://b:9428").length > 20);
    stage.killLeader();
    await stage.until("another leader", () => stage.record(second.id).epoch > second.epoch);
    const takenOverMs = stage.nowMs();
    await stage.until("its end", () => isFinal(stage.record(second.id).phase));
    assert.equal(stage.record(second.id).phase, "stopped");
    await stage.until("the first one's end", () => isFinal(stage.record(first.id).phase));
    assert.equal(stage.record(first.id).phase, "completed");
    assert.deepEqual(
      stage.sentMs("http://b:9428").filter((atMs) => atMs > takenOverMs + 2000),
      [],
    );
  });
});

test("a series waits for room between its runs, and one that was refused never begins", async () => {
  await playAsOperator(capped("rate=30"), capped("rate=30"), async (stage) => {
    const series = openOf(20, 4, "http://s:9428", { repeat: 2 }).config;
    const first = await stage.granted("run.create", { config: series });
    await stage.until("its first run", () => stage.record(first.id).phase === "running");
    const refused = await stage.ask("run.create", { config: series });
    assert.equal(refused.code, "caps_reached");
    const small = await stage.granted("run.create", openOf(5, 12));
    await stage.until("the end of its first run", () => isFinal(stage.record(first.id).phase));
    const between = await stage.granted("run.create", openOf(10, 6, "http://b:9428"));
    const isOver = (id: string) => isFinal(stage.record(id).phase);
    await stage.until("room", () => isOver(small.id) && isOver(between.id));
    await stage.until("the series' end", () => stage.series().every(({ phase }) => phase !== "running"));
    const [kept, ...others] = stage.series().filter(({ phase }) => phase === "completed");
    assert.deepEqual([kept?.steps.length, others.length], [2, 0]);
    assert.equal(stage.runs().filter((run) => run.series !== undefined).length, 2);
  });
});

test("a series that waits in the queue begins when there is room, and makes each of its runs", async () => {
  await playAsOperator(capped("rate=30"), capped("rate=30"), async (stage) => {
    const live = await stage.granted("run.create", openOf(20, 6));
    await stage.queue(openOf(20, 2, "http://s:9428", { repeat: 2 }).config);
    await stage.until("the end of what was live", () => isFinal(stage.record(live.id).phase));
    await stage.until("the series' end", () => stage.series().some(({ phase }) => phase === "completed"));
    assert.deepEqual(
      stage.series().map(({ phase, steps }) => [phase, steps.length]),
      [["completed", 2]],
    );
    assert.equal(stage.runs().length, 3);
  });
});

test("the kill switch stops a series between its runs for good", async () => {
  await playAsOperator(capped("rate=30"), NO_LIMITS, async (stage) => {
    const first = await stage.granted("run.create", openOf(20, 3, "http://s:9428", { repeat: 5 }));
    await stage.until("the end of its first run", () => isFinal(stage.record(first.id).phase));
    await stage.ask("kill.set", { reason: "enough" });
    await stage.until("its end", () => stage.series().every(({ phase }) => phase === "stopped"));
    await stage.ask("kill.clear", {});
    const { id } = await stage.granted("run.create", openOf(5, 2));
    await stage.until("a run of today", () => isFinal(stage.record(id).phase));
    assert.equal(stage.runs().filter(({ series }) => series !== undefined).length <= 2, true);
  });
});
