/** A system whose settings and specs are edited while it runs: what is good holds at once, what is bad is refused and told. */

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect, type KV } from "nats";
import { request } from "undici";
import { Judged, judgedKey, type RunRecord, wantedKey } from "../../libs/protocol/run.ts";
import { SETTINGS_KEY } from "../../libs/protocol/settings.ts";
import { type ApiClient, createApiClient, type Json } from "../support/api-client.ts";
import { beginLogburst } from "../support/cli.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startTarget, type TargetServer } from "../support/servers.ts";
import { benchmark, type System, startSystem } from "../support/system.ts";

const FIRST_TOKEN = "a-token-from-the-first-file";
const SECOND_TOKEN = "a-token-from-the-second-file";
const KEY = "a key for the fleet";
const QUERIES = [
  { name: "a", template: "* | stats count() lines" },
  { name: "b", template: "error", limit: 1 },
];

const folder = temporaryFolder();
const path = (...parts: string[]) => join(folder.path, ...parts);
let versions = 0;
let target: TargetServer;
let system: System;
let api: ApiClient;
let nats: Awaited<ReturnType<typeof connect>>;
let settingsBucket: KV;

/** Swaps the folder of a mounted ConfigMap, as a kubelet does. */
function mount(spec: string): void {
  const version = `..${++versions}`;
  mkdirSync(path(version));
  writeFileSync(path(version, "settings.yaml"), documentOf(spec));
  symlinkSync(version, path("..data_tmp"));
  renameSync(path("..data_tmp"), path("..data"));
}

const documentOf = (spec: string) =>
  `apiVersion: benchmark.victorialogs.io/v1\nkind: ServiceSettings\nspec:\n${spec.replaceAll(/^/gm, "  ")}\n`;

const inForce = async () => (await api.ask("GET", "/api/v1/settings")).json.in_force;
const audit = async (type: string): Promise<Json[]> => {
  const { entries } = (await api.ask("GET", "/api/v1/audit?limit=200")).json;
  return entries.map(({ entry }: Json) => entry).filter((entry: Json) => entry.type === type);
};
const worker = async () => (await api.ask("GET", "/api/v1/nodes/worker-1")).json;

before(async () => {
  mount("slots: 200\ncaps: {rate: 100}");
  symlinkSync(join("..data", "settings.yaml"), path("settings.yaml"));
  writeFileSync(path("tokens"), `viewer vera ${FIRST_TOKEN}\n`);
  target = await startTarget(0);
  system = await startSystem({
    workers: 1,
    sealKey: KEY,
    serviceEnvironment: { LOGBURST_SETTINGS: path("settings.yaml"), LOGBURST_TOKENS_FILE: path("tokens") },
  });
  api = await createApiClient(system.stack.apiUrl);
  nats = await connect({ servers: system.stack.natsUrl.replace("nats://", "") });
  settingsBucket = await nats.jetstream().views.kv("lb_settings");
});
after(async () => {
  await nats?.close();
  await system?.[Symbol.asyncDispose]();
  await target?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const openRun = (rate: number) =>
  benchmark(target.url, { workload: { model: "open", target_qps: rate, duration: 1 }, queries: QUERIES });

test("a ConfigMap that is swapped holds without a restart, for caps and for slots, and a bad one is refused with its line", async () => {
  const first = await inForce();
  assert.deepEqual([first.version, first.settings.caps, first.sources.caps], [0, { rate: 100 }, "file"]);
  assert.equal((await api.ask("POST", "/api/v1/runs", { body: openRun(101) })).json.code, "over_cap");

  mount("slots: 100\ncaps: {rate: 200}");
  const second = await eventually("the new caps", async () => {
    const state = await inForce();
    return state.version === 1 && state;
  });
  assert.notEqual(second.hash, first.hash);
  await eventually("the new slots", async () => (await worker()).performance_metrics.slots === 100);
  const [applied] = await audit("settings_applied").then((all) =>
    all.filter(({ node }) => node === "coordinator"),
  );
  assert.deepEqual([applied.by, applied.version, applied.hash], [path("settings.yaml"), 1, second.hash]);
  assert.deepEqual(applied.changes, [{ key: "caps", from: { rate: 100 }, to: { rate: 200 } }]);
  assert.equal((await system.run(openRun(101))).report.ledger_balanced, true);

  mount("slots: 1\ncaps: {rate: lots}");
  const [problem] = await eventually("its refusal", async () => (await inForce()).refused[0]?.problems);
  assert.deepEqual([problem.path, problem.line], ["spec.caps.rate", 5]);
  const kept = await inForce();
  assert.deepEqual([kept.version, kept.hash, kept.settings], [1, second.hash, second.settings]);
  const refusals = await eventually("its entries", async () => {
    const entries = await audit("settings_refused");
    return entries.length === 3 && entries;
  });
  assert.deepEqual(refusals.map(({ node }) => node).sort(), ["aggregator", "coordinator", "worker-1"]);
  assert.equal((await worker()).performance_metrics.slots, 100);
  const metrics = await (await request(`${system.stack.apiUrl}/metrics`)).body.text();
  assert.match(metrics, /^logburst_settings_refused_total\{source="file"\} 1$/m);
  assert.match(metrics, /^logburst_settings_version 1$/m);
  const log = readFileSync(join(system.stack.logFolder, "coordinator.log"), "utf8");
  assert.match(log, /settings\.yaml:5:\d+ spec\.caps\.rate: .*settings were refused/);
});

test("what is set for all services holds where their file says nothing, by whom it was set; written by hand it is checked too", async () => {
  const { version } = await inForce();
  const set = await api.ask("POST", "/api/v1/settings", {
    body: { spec: { max_in_flight: 77, slots: 99, api_rate: 60 } },
  });
  assert.deepEqual([set.status, set.json.by], [200, "local over HTTP"]);
  await eventually("the worker", async () => (await worker()).capabilities.max_concurrent_queries === 77);
  assert.equal((await worker()).performance_metrics.slots, 100);
  const state = await eventually("the coordinator", async () => {
    const now = await inForce();
    return now.version === version + 1 && now;
  });
  assert.deepEqual([state.settings.api_rate, state.sources.api_rate], [60, "bucket"]);
  const entry = (await audit("settings_applied")).find(({ source }) => source === "bucket");
  assert.deepEqual([entry.by, entry.changes], ["local over HTTP", [{ key: "api_rate", from: 50, to: 60 }]]);

  const refused = await api.ask("POST", "/api/v1/settings", {
    body: { spec: { slots: "many", targets: ["a b"] } },
  });
  assert.deepEqual([refused.status, refused.json.errors[0].path], [400, "spec.slots"]);
  await settingsBucket.put(SETTINGS_KEY, documentOf("api_rate: 70\ntargets: [b, 'c d']"));
  const [problem] = await eventually("the refusal", async () => {
    const { refused: all } = await inForce();
    return all.find(({ source }: Json) => source.startsWith("lb_settings"))?.problems;
  });
  assert.deepEqual([problem.path, problem.line, problem.column], ["spec.targets[1]", 5, 16]);
  assert.equal((await inForce()).settings.api_rate, 60);
  await settingsBucket.put(SETTINGS_KEY, documentOf("api_rate: 70"));
  await eventually("the correction", async () => (await inForce()).settings.api_rate === 70);
  await settingsBucket.delete(SETTINGS_KEY);
  await eventually(
    "what the environment says",
    async () => (await inForce()).sources.api_rate === "environment",
  );
});

test("tokens that are added to their file let in, without a restart; a file with a slip is refused, and the old tokens hold", async () => {
  const statusOf = async (token: string) =>
    (await request(`${system.stack.apiUrl}/api/v1/runs`, { headers: { authorization: `Bearer ${token}` } }))
      .statusCode;
  assert.deepEqual([await statusOf(FIRST_TOKEN), await statusOf(SECOND_TOKEN)], [200, 401]);
  writeFileSync(path("tokens"), `viewer vera ${SECOND_TOKEN}\n`);
  await eventually("the new token", async () => (await audit("credentials_applied")).length > 0);
  assert.deepEqual([await statusOf(FIRST_TOKEN), await statusOf(SECOND_TOKEN)], [401, 200]);
  writeFileSync(path("tokens"), `vera ${FIRST_TOKEN}\n`);
  const [refused] = await eventually("the refusal", async () => {
    const entries = await audit("credentials_refused");
    return entries.length > 0 && entries;
  });
  assert.match(refused.reason, /entry 1 is not a role, a name and a token/);
  assert.ok(!JSON.stringify(refused).includes(FIRST_TOKEN));
  assert.equal(await statusOf(SECOND_TOKEN), 200);
});

const specOf = (rate: number, duration: number, weight: number) =>
  [
    "apiVersion: benchmark.victorialogs.io/v1",
    "kind: BenchmarkConfig",
    "metadata: {name: watched}",
    "spec:",
    `  target: {url: "${target.url}", auth: {type: bearer, token: "an-inline-secret"}}`,
    "  workload:",
    "    model: open",
    `    target_qps: ${rate}`,
    `    duration: ${duration}`,
    "  queries:",
    `    - {name: a, template: "* | stats count() lines", weight: ${weight}}`,
    '    - {name: b, template: "error", limit: 1}',
  ].join("\n");

test("a spec that is edited while its run runs becomes a change of it, or is refused with the lines; and so does one in the bucket", async () => {
  process.env.LOGBURST_SEAL_KEY = KEY;
  const file = path("spec.yaml");
  writeFileSync(file, specOf(10, 60, 1));
  const watching = beginLogburst("run", file, "--watch", "--nats", system.stack.natsUrl);
  const begun = eventually("the run", async (): Promise<RunRecord> => {
    const { runs } = (await api.ask("GET", "/api/v1/runs?name=watched")).json;
    assert.equal(runs[0]?.phase, "running", runs[0]?.failure);
    return runs[0];
  });
  const { id } = await Promise.race([begun, watching.ended.then(({ out, err }) => assert.fail(out + err))]);
  const changed = (times: number) =>
    eventually(`${times} changes`, async () => {
      const { changes } = (await api.ask("GET", `/api/v1/runs/${id}`)).json;
      return changes.length === times && changes[times - 1];
    });
  const refusals = (times: number) =>
    eventually(`${times} refusals`, async () => {
      const { events } = (await api.ask("GET", `/api/v1/runs/${id}/events`)).json;
      const found = events
        .map(({ event }: Json) => event)
        .filter(({ type }: Json) => type === "spec_refused");
      return found.length === times && found;
    });

  writeFileSync(file, specOf(30, 60, 4));
  const { load, weights } = await changed(1);
  assert.deepEqual([load, weights], [30, [4, 1]]);
  writeFileSync(file, specOf(40, 90, 4));
  const [refused] = await refusals(1);
  assert.deepEqual(
    refused.problems.map((one: Json) => one.path),
    ["spec.workload.duration"],
  );
  writeFileSync(file, `${specOf(40, 60, 4)}\n  - {`);
  await eventually("the refusal of what is no YAML", () => /\(YAML\)/.test(watching.said()));

  const runs = await nats.jetstream().views.kv("lb_runs");
  await runs.put(wantedKey(id), specOf(20, 60, 4));
  const second = await changed(2);
  assert.deepEqual(
    [second.load, second.weights, second.by],
    [20, undefined, `wanted.${id}, revision ${await revisionOf(runs, id)} over NATS`],
  );
  await runs.put(wantedKey(id), specOf(25, 90, 4));
  const judged = await eventually("the judgement", async () => {
    const found = Judged.parse((await runs.get(judgedKey(id)))?.json());
    return !found.holds && found;
  });
  assert.deepEqual(
    judged.problems.map((one) => [one.path, one.line]),
    [["spec.workload.duration", 9]],
  );
  await refusals(2);
  assert.equal((await api.ask("GET", `/api/v1/runs/${id}`)).json.changes.length, 2);

  await api.ask("POST", `/api/v1/runs/${id}/stop`, { body: {} });
  const { code, out, err } = await watching.ended;
  assert.equal(code, 105, out + err);
  assert.match(err, /spec\.yaml holds from \d+\.\d s of the run on/);
  assert.match(err, /spec\.yaml:9:15 spec\.workload\.duration: cannot be changed while the run runs/);
  assert.match(err, /spec\.yaml:\d+:\d+ \(YAML\): /);
  assert.match(out, /\(balanced\)/);
  for (const text of [out, err, JSON.stringify(judged)]) assert.ok(!text.includes("an-inline-secret"));
});

async function revisionOf(runs: KV, id: string): Promise<number> {
  return (await runs.get(wantedKey(id)))?.revision ?? 0;
}
