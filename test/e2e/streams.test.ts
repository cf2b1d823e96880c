/** A run and the services' logs, heard as they go: at the leader and at a standby, with a client that goes and comes back. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { request } from "undici";
import { Live } from "../../libs/protocol/live.ts";
import { LogLine } from "../../libs/protocol/log-line.ts";
import type { RunRecord } from "../../libs/protocol/run.ts";
import { eventually } from "../support/eventually.ts";
import { startTarget, type TargetServer } from "../support/servers.ts";
import { type Heard, listenTo } from "../support/sse.ts";
import { benchmark, type System, startSystem } from "../support/system.ts";

const QUERIES = [{ name: "count", template: "* | stats count() lines" }];

let target: TargetServer;
let system: System;
let standby: string;

before(async () => {
  target = await startTarget(1000);
  system = await startSystem({ workers: 1 });
  standby = await system.stack.start("coordinator", "standby").ready;
});
after(async () => {
  await system[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

function submit(seconds: number, auth?: object): Promise<RunRecord> {
  const workload = { model: "open", target_qps: 20, duration: seconds };
  const config = benchmark(target.url, { workload, queries: QUERIES });
  const { spec } = config as { spec: { target: object } };
  return system.client.submit(
    JSON.stringify({ ...config, spec: { ...spec, target: { ...spec.target, ...(auth && { auth }) } } }),
  );
}

async function all(stream: AsyncIterable<Heard>): Promise<Heard[]> {
  const heard: Heard[] = [];
  for await (const each of stream) heard.push(each);
  return heard;
}

const typesOf = (heard: readonly Heard[]) =>
  heard.filter(({ event }) => event === "event").map(({ data }) => data.type);

test("whoever is asked tells a run from its first event to its end, with live figures between", async () => {
  const { id } = await submit(3);
  const urls = [system.stack.apiUrl, standby].map((url) => `${url}/api/v1/runs/${id}/stream`);
  const [atLeader = [], atStandby = []] = await Promise.all(urls.map((url) => all(listenTo(url))));
  for (const heard of [atLeader, atStandby]) {
    const types = typesOf(heard);
    assert.deepEqual([types[0], types.at(-1)], ["accepted", "completed"]);
    const lives = heard.filter(({ event }) => event === "live").map(({ data }) => Live.parse(data));
    assert.ok(lives.length > 0);
    assert.equal(heard.at(-1)?.event, "end");
    assert.equal(heard.at(-1)?.data.phase, "completed");
  }
  assert.deepEqual(typesOf(atLeader), typesOf(atStandby));

  const seen = atLeader.filter(({ event }) => event === "event");
  const later = await all(listenTo(urls[1] as string, seen[1]?.id));
  assert.deepEqual(typesOf(later), typesOf(atLeader).slice(2));
  assert.equal(later.at(-1)?.event, "end");
  const nothing = await request(urls[0] as string, { headers: { "last-event-id": seen.at(-1)?.id ?? "" } });
  assert.equal(nothing.statusCode, 204);
  assert.equal((await request(`${standby}/api/v1/runs/none/stream`)).statusCode, 404);
});

test("logs of a run and of a service are told by whoever is asked, without the secrets of the config", async () => {
  const lines: LogLine[] = [];
  const { id } = await submit(2, { type: "bearer", token: "planted-secret" });
  for await (const { event, data } of listenTo(`${standby}/api/v1/runs/${id}/logs/stream`)) {
    assert.equal(event, "line");
    lines.push(LogLine.parse(data));
    if (data.msg === "phase" && data.fields?.phase === "completed") break;
  }
  assert.ok(lines.every(({ run_id }) => run_id === id));
  for (const url of [system.stack.apiUrl, standby]) {
    const about = await eventually("the run's lines", async () => {
      const { body } = await request(`${url}/api/v1/runs/${id}/logs?limit=500`);
      const text = await body.text();
      return text.includes('"completed"') && text;
    });
    assert.match(about, /"service":"coordinator"/);
    assert.doesNotMatch(about, /planted/);
    // Each service's lines come by a way of their own, so one that was said later may be heard first.
    await eventually("the aggregator's line", async () => {
      const { body } = await request(`${url}/api/v1/nodes/aggregator/logs`);
      return /report is stored/.test(await body.text());
    });
  }
});
