/** What an operator can tell a system over REST and NATS; every answer is checked against the document that the server serves. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connect } from "nats";
import { namesFor } from "../../libs/protocol/names.ts";
import { isFinal, type RunRecord } from "../../libs/protocol/run.ts";
import { type ApiClient, createApiClient } from "../support/api-client.ts";
import { eventually } from "../support/eventually.ts";
import { startTarget, type TargetServer } from "../support/servers.ts";
import { benchmark, type System, startSystem } from "../support/system.ts";

const QUERIES = [{ name: "count", template: "* | stats count() lines" }];
const { subjects } = namesFor();

let target: TargetServer;
let system: System;
let api: ApiClient;

before(async () => {
  target = await startTarget(1000);
  system = await startSystem({ workers: 1, servicesMayDie: true });
  api = await createApiClient(system.stack.apiUrl);
});
after(async () => {
  await system[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

function small(name: string, labels: Record<string, string> = {}): object {
  const workload = { model: "count", total_queries: 20, total_concurrent_users: 2 };
  return { ...benchmark(target.url, { workload, queries: QUERIES, seed: 7 }), metadata: { name, labels } };
}

function long(name: string): object {
  const workload = { model: "open", target_qps: 20, duration: 120 };
  return { ...benchmark(target.url, { workload, queries: QUERIES }), metadata: { name } };
}

async function create(config: object, query = "", headers: Record<string, string> = {}): Promise<RunRecord> {
  const created = await api.ask("POST", `/api/v1/runs${query}`, { body: config, headers });
  assert.equal(created.status, 201, created.text);
  return created.json;
}

function inPhase(id: string, isRight: (record: RunRecord) => boolean): Promise<RunRecord> {
  return eventually(`run ${id} to come so far`, async () => {
    const { json } = await api.ask("GET", `/api/v1/runs/${id}`);
    return isRight(json) ? (json as RunRecord) : undefined;
  });
}

const over = (id: string) => inPhase(id, ({ phase }) => isFinal(phase));

test("a config is checked without a run: what it would run, or where it is wrong, with pointer, line and column", async () => {
  const good = await api.ask("POST", "/api/v1/validate", { body: small("checked") });
  assert.equal(good.status, 200);
  assert.deepEqual([good.json.planned, good.json.seed], [20, 7]);
  const yaml =
    "apiVersion: benchmark.victorialogs.io/v1\nkind: BenchmarkConfig\nmetadata: { name: x }\nspec:\n  taget: {}\n";
  const bad = await api.ask("POST", "/api/v1/validate", { body: yaml });
  assert.deepEqual([bad.status, bad.json.code], [400, "bad_config"]);
  const problem = bad.json.errors.find((each: { path: string }) => each.path === "spec.taget");
  assert.deepEqual([problem.pointer, problem.line, problem.column], ["#/spec/taget", 5, 3]);
  assert.deepEqual((await api.ask("GET", "/api/v1/runs?name=checked")).json.runs, []);
});

test("a run that is only accepted waits until it is started, and can be deleted instead", async () => {
  const { id, phase } = await create(small("waiting"), "?start=false");
  assert.equal(phase, "created");
  const stop = await api.ask("POST", `/api/v1/runs/${id}/stop`);
  assert.deepEqual([stop.status, stop.json.code], [409, "conflict"]);
  assert.equal((await api.ask("POST", `/api/v1/runs/${id}/start`)).status, 202);
  assert.equal((await over(id)).phase, "completed");
  assert.equal((await api.ask("POST", `/api/v1/runs/${id}/start`)).status, 409);

  const unwanted = await create(small("unwanted"), "?start=false");
  assert.equal((await api.ask("DELETE", `/api/v1/runs/${unwanted.id}`)).status, 200);
  assert.equal((await api.ask("POST", `/api/v1/runs/${unwanted.id}/start`)).status, 404);
});

test("a clone has the same queries at the same times, or other values where it is told so", async () => {
  const first = await create(small("original"));
  await over(first.id);
  const same = await api.ask("POST", `/api/v1/runs/${first.id}/clone`);
  assert.equal(same.status, 201);
  assert.deepEqual([same.json.schedule_hash, same.json.cloned_from], [first.schedule_hash, first.id]);
  const other = await api.ask("POST", `/api/v1/runs/${first.id}/clone`, {
    body: { set: { "workload.total_queries": 30, "metadata.name": "bigger" }, start: false },
  });
  assert.deepEqual([other.json.name, other.json.planned, other.json.phase], ["bigger", 30, "created"]);
  const wrong = await api.ask("POST", `/api/v1/runs/${first.id}/clone`, {
    body: { set: { "workload.total_queries": "many" } },
  });
  assert.deepEqual([wrong.status, wrong.json.errors[0].pointer], [400, "#/spec/workload/total_queries"]);
  await over(same.json.id);
});

test("the same request with its key starts one run, whoever leads by then; another request with it is refused", async () => {
  const headers = { "idempotency-key": "nightly 1" };
  const first = await create(long("keyed"), "", headers);
  assert.equal((await create(long("keyed"), "", headers)).id, first.id);
  const reused = await api.ask("POST", "/api/v1/runs", { body: long("different"), headers });
  assert.deepEqual([reused.status, reused.json.code], [422, "key_reused"]);

  await inPhase(first.id, ({ phase }) => phase === "running");
  const standby = await system.stack.start("coordinator", "standby").ready;
  system.stack.children.find(({ name }) => name === "coordinator")?.signal("SIGKILL");
  api = await createApiClient(standby);
  const again = await eventually("a leader", async () => {
    const answer = await api.ask("POST", "/api/v1/runs", { body: long("keyed"), headers });
    return answer.status === 201 && (answer.json as RunRecord);
  });
  assert.equal(again.id, first.id);
  const { runs } = (await api.ask("GET", "/api/v1/runs?name=keyed")).json;
  assert.equal(runs.length, 1);
  await eventually("the run to stop", async () => {
    return (await api.ask("POST", `/api/v1/runs/${first.id}/stop`)).status === 202;
  });
  assert.equal((await over(first.id)).phase, "stopped");

  assert.equal((await api.ask("DELETE", `/api/v1/runs/${first.id}`)).status, 200);
  const gone = await api.ask("POST", "/api/v1/runs", { body: long("keyed"), headers });
  assert.deepEqual([gone.status, gone.json.code], [409, "conflict"]);
});

test("runs are found by name, phase, label and time, page by page, the newest first", async () => {
  const ids: string[] = [];
  for (const team of ["search", "search", "ingest"])
    ids.unshift((await create(small(`listed-${team}`, { team }), "?start=false")).id);
  const list = async (query: string) => (await api.ask("GET", `/api/v1/runs?${query}`)).json;
  const idsOf = ({ runs }: { runs: RunRecord[] }) => runs.map(({ id }) => id).sort();
  assert.deepEqual(idsOf(await list("name=LISTED-")), ids.toSorted());
  assert.equal((await list("label=team=search")).runs.length, 2);
  assert.equal((await list("label=team&phase=created&name=listed")).runs.length, 3);
  assert.equal((await list("name=listed&until=2020-01-01T00:00:00Z")).runs.length, 0);
  const seen: RunRecord[] = [];
  let query = "name=listed&limit=1";
  for (let page = 0; page < 50; page++) {
    const { runs, next_cursor } = await list(query);
    seen.push(...runs);
    if (next_cursor === undefined) break;
    query = `name=listed&limit=1&cursor=${next_cursor}`;
  }
  assert.deepEqual(seen.map(({ id }) => id).sort(), ids.toSorted());
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => Math.floor(b.created_ms / 1000) - Math.floor(a.created_ms / 1000)),
  );
  const bad = await api.ask("GET", "/api/v1/runs?limit=none&colour=red");
  assert.deepEqual(bad.json.errors.map(({ pointer }: { pointer: string }) => pointer).sort(), [
    "#/colour",
    "#/limit",
  ]);
  for (const id of ids) assert.equal((await api.ask("DELETE", `/api/v1/runs/${id}`)).status, 200);
  assert.equal((await list("name=listed")).runs.length, 0);
});

test("a run tells its events, its slices while it lives, and what became of them; it cannot be deleted before it is over", async () => {
  const { id } = await create(long("told"));
  await inPhase(id, ({ phase }) => phase === "running");
  const slices = await eventually("slices", async () => {
    const { json } = await api.ask("GET", `/api/v1/runs/${id}/slices`);
    return json.slices.some(({ node }: { node?: string }) => node === "worker-1") && json.slices;
  });
  assert.ok(slices.every(({ state }: { state: string }) => state === "held" || state === "queued"));
  const ran = await eventually("a result", async () => {
    const { results } = (await api.ask("GET", `/api/v1/runs/${id}/results`)).json;
    return results.find(({ state }: { state: string }) => state === "ran");
  });
  assert.ok(ran.counts.ok > 0 && ran.node === "worker-1");
  const page = (await api.ask("GET", `/api/v1/runs/${id}/results?limit=1`)).json;
  assert.ok(page.next_cursor !== undefined);
  const lane = (await api.ask("GET", `/api/v1/runs/${id}/results?lane=0`)).json.results;
  assert.ok(lane.every((result: { lane: number }) => result.lane === 0));
  assert.equal((await api.ask("DELETE", `/api/v1/runs/${id}`)).status, 409);
  await api.ask("POST", `/api/v1/runs/${id}/stop`, { body: { reason: "seen enough" } });
  await over(id);
  const { events } = (await api.ask("GET", `/api/v1/runs/${id}/events`)).json;
  const types = events.map(({ event }: { event: { type: string } }) => event.type);
  assert.deepEqual([types[0], types.at(-1)], ["accepted", "completed"]);
  const stopping = events.find(({ event }: { event: { type: string } }) => event.type === "stopping");
  assert.match(stopping.event.reason, /^seen enough, over HTTP by local$/);
  assert.equal((await api.ask("GET", `/api/v1/runs/${id}/report?format=csv`)).status, 200);

  assert.equal((await api.ask("DELETE", `/api/v1/runs/${id}`)).status, 200);
  for (const path of ["", "/report", "/events", "/results", "/config", "/notes"])
    assert.equal((await api.ask("GET", `/api/v1/runs/${id}${path}`)).status, 404, path);
});

test("notes and issues are written about a run, and an issue is closed", async () => {
  const { id } = await create(small("noted"), "?start=false");
  const notes = `/api/v1/runs/${id}/notes`;
  assert.equal((await api.ask("POST", notes, { body: { text: "before the upgrade" } })).json.number, 1);
  const issue = await api.ask("POST", notes, { body: { text: "p99 has doubled", kind: "issue" } });
  assert.deepEqual([issue.status, issue.json.state], [201, "open"]);
  const closed = await api.ask("PATCH", `${notes}/2`, { body: { state: "closed" } });
  assert.equal(closed.json.state, "closed");
  assert.equal((await api.ask("PATCH", `${notes}/1`, { body: { state: "closed" } })).status, 409);
  assert.equal((await api.ask("PATCH", `${notes}/3`, { body: { text: "x" } })).status, 404);
  assert.deepEqual(
    (await api.ask("GET", notes)).json.notes.map(({ text }: { text: string }) => text),
    ["before the upgrade", "p99 has doubled"],
  );
});

test("a config is shown without its secrets, and a known path with another method says what it allows", async () => {
  const config = small("secretive") as { spec: { target: object } };
  const target = { ...config.spec.target, auth: { type: "bearer", token: "planted-secret" } };
  const { id } = await create({ ...config, spec: { ...config.spec, target } }, "?start=false");
  const shown = await api.ask("GET", `/api/v1/runs/${id}/config`);
  assert.equal(shown.status, 200);
  assert.doesNotMatch(shown.text, /planted/);
  assert.match(shown.text, /hidden/);
  const put = await api.ask("DELETE", "/api/v1/runs");
  assert.deepEqual([put.status, put.headers.allow], [405, "POST, GET"]);
});

test("every verb is answered over NATS too, with its error in the body", async () => {
  await using client = Object.assign(
    await connect({ servers: system.stack.natsUrl.replace("nats://", "") }),
    {
      [Symbol.asyncDispose]: () => client.close(),
    },
  );
  const ask = async (verb: Parameters<typeof subjects.api>[0], message: string | object) => {
    const text = typeof message === "string" ? message : JSON.stringify(message);
    return (await client.request(subjects.api(verb), text, { timeout: 5000 })).json() as Record<
      string,
      never
    >;
  };
  const created = (await ask("run.create", { config: small("by-nats"), start: false })) as unknown as {
    ok: boolean;
    run: RunRecord;
  };
  assert.deepEqual([created.ok, created.run.phase], [true, "created"]);
  const { id } = created.run;
  assert.equal((await ask("run.start", id)).ok, true);
  await over(id);
  const report = (await ask("run.report", { id, format: "csv" })) as unknown as { text: string };
  assert.match(report.text, /\(total\)/);
  assert.equal((await ask("note.create", { id, text: "over NATS" })).ok, true);
  const unknown = await ask("run.get", "no-such-run");
  assert.deepEqual([unknown.ok, unknown.code], [false, "not_found"]);
  const malformed = (await ask("run.stop", { id, speed: "fast" })) as unknown as {
    problems: { pointer: string }[];
  };
  assert.deepEqual(
    malformed.problems.map(({ pointer }) => pointer),
    ["#/speed"],
  );
  const pinged = await client.request("$SRV.INFO.logburst", "", { timeout: 5000 });
  const info = pinged.json() as { endpoints: { subject: string }[] };
  assert.ok(info.endpoints.some(({ subject }) => subject === subjects.api("run.clone")));
});
