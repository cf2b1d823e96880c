/** The commands of someone who looks after a running system: each is one question to the leader. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { request } from "undici";
import { logburst } from "../support/cli.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startTarget } from "../support/servers.ts";
import { benchmark, startSystem } from "../support/system.ts";

test("runs are listed, shown, stopped, cloned, annotated and deleted, nodes and logs are shown, from the command line", async () => {
  await using target = await startTarget(1000);
  await using system = await startSystem({ workers: 1 });
  const ask = async (...args: string[]) => {
    const answer = await logburst(...args, "--nats", system.stack.natsUrl);
    assert.equal(answer.code, 0, answer.err);
    return answer.out;
  };
  const workload = { model: "open", target_qps: 20, duration: 60 };
  const queries = [{ name: "count", template: "* | stats count() lines" }];
  const { id } = await system.client.submit(JSON.stringify(benchmark(target.url, { workload, queries })));
  const untilIn = (run: string, phase: string) =>
    eventually(
      `${run} to be ${phase}`,
      async () => (await system.client.ask("run.get", { id: run })).phase === phase,
    );
  await untilIn(id, "running");
  assert.ok((await ask("list", "--phase", "running")).includes(id));
  assert.match(await ask("nodes", "worker-1"), /worker-1 +active +\d+\/\d+/);
  assert.match(await ask("slices", id), /LANE +WINDOW +STATE +NODE\n0 +\d+ +held +worker-1\n/);
  for (const [args, words] of [
    [["change", id, "--rate", "fast"], /write a number above 0/],
    [["stop", "nobody"], /there is no run nobody/],
    [["annotate", id, "text", "--issue", "--close", "1"], /cannot be used with option/],
  ] as const) {
    const { code, err } = await logburst(...args, "--nats", system.stack.natsUrl);
    assert.equal(code, 1);
    assert.match(err, words);
  }
  await ask("pause", id);
  await untilIn(id, "paused");
  await ask("resume", id);
  await untilIn(id, "running");
  assert.match(await ask("change", id, "--rate", "30", "--weight", "count=2"), new RegExp(`${id}: running`));
  assert.match(await ask("stop", id, "--reason", "seen enough"), new RegExp(`${id}: draining`));
  await untilIn(id, "stopped");
  assert.match(await ask("slices", id, "--settled"), /OK +FAILED[^\n]*\n0 +0 +1 +ran +worker-1 /);

  assert.equal(
    await ask("annotate", id, "p99 has doubled", "--issue").then((text) => text.slice(0, 14)),
    "issue 1 (open)",
  );
  assert.match(await ask("annotate", id, "--close", "1"), /^issue 1 \(closed\) .*p99 has doubled/);
  assert.match(
    await ask("show", id),
    /p99 has doubled[\s\S]* changed by NATS over NATS, load 30, weights 2\n[\s\S]* stopping: seen enough, over NATS by NATS\n[\s\S]* completed\n/,
  );
  assert.match(await ask("logs", id, "--level", "info"), /coordinator phase \{"phase":"stopped"\}/);
  assert.match(await ask("logs", "--node", "aggregator"), /report is stored/);

  using folder = temporaryFolder();
  const file = join(folder.path, "first.json");
  writeFileSync(
    file,
    await ask("show", id, "--config", "--json").then((text) => JSON.stringify(JSON.parse(text).config)),
  );
  const waiting = (await ask("run", file, "--no-start", "--set", "metadata.name=waiting")).trim();
  assert.match(waiting, /^waiting-/);
  assert.match(await ask("list", "--since", "2026-01-01", "--phase", "created"), new RegExp(waiting));
  const idle = await logburst("stop", waiting, "--nats", system.stack.natsUrl);
  assert.match(idle.err, /is not live: it is created/);
  assert.equal(await ask("kill", "--state"), "not set: runs may start\n");

  const clone = (
    await ask("clone", id, "--set", "workload.duration=1s", "--set", "metadata.name=again", "--no-start")
  ).trim();
  assert.match(clone, /^again-/);
  assert.equal(JSON.parse(await ask("list", "--json", "--name", "again")).runs[0].phase, "created");
  assert.match(await ask("start", clone), /requested|mustering/);
  await untilIn(clone, "completed");
  assert.equal(await ask("delete", id, clone), `${id}: deleted\n${clone}: deleted\n`);
  const gone = await logburst("show", id, "--nats", system.stack.natsUrl);
  assert.equal(gone.code, 1);
  assert.match(gone.err, /there is no run/);

  for (const [path, which] of [
    ["/openapi.json", "openapi"],
    ["/asyncapi.json", "asyncapi"],
  ] as const) {
    const { body } = await request(`${system.stack.apiUrl}${path}`);
    assert.deepEqual(await body.json(), JSON.parse((await logburst("schema", which)).out));
  }
  const docs = await request(`${system.stack.apiUrl}/docs`);
  assert.match(await docs.body.text(), /<!doctype html>/);
});
