/** A config as objects of a cluster: its own workers, with what it says of them, and nothing secret. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { logburst } from "../support/cli.ts";
import { temporaryFolder } from "../support/folders.ts";
import { assertGolden } from "../support/golden.ts";

const CONFIG = `apiVersion: benchmark.victorialogs.io/v1
kind: BenchmarkConfig
metadata: { name: Nightly Search, labels: { team: search } }
spec:
  target:
    url: http://logs.within:9428
    auth: { type: bearer, token_from: { env: TARGET_TOKEN } }
    host_aliases: [{ ip: 10.0.0.5, hostnames: [logs.within] }]
  workload: { model: closed, total_concurrent_users: 250, duration: 2m }
  workers: { resources: { requests: { cpu: 1, memory: 2Gi }, limits: { cpu: 2, memory: 4Gi } } }
  queries: [{ name: errors, template: level:error }]
  seed: 1
`;

async function render(config: string, ...args: string[]) {
  using folder = temporaryFolder();
  const file = join(folder.path, "config.yaml");
  writeFileSync(file, config);
  return await logburst("render", file, ...args);
}

test("a run's workers, what is mounted into them and the run itself are rendered as they were looked at", async () => {
  const { code, out } = await render(
    CONFIG,
    "--image",
    "registry.example/logburst:1",
    "--namespace",
    "tests",
  );
  assert.equal(code, 0);
  assertGolden("render.yaml", out);
});

test("with --scaled the workers come with the run's own queue", async () => {
  const { out } = await render(CONFIG, "--scaled");
  const [, workers, benchmark] = parseAllDocuments(out, { version: "1.1" }).map((document) =>
    document.toJS(),
  );
  assert.equal(workers.kind, "ScaledJob");
  assert.equal(workers.spec.triggers[0].metadata.consumer, "workers-nightly-search");
  assert.equal(benchmark.spec.workers.pool, "nightly-search");
});

test("a secret that stands in the config is not rendered", async () => {
  const { code, out, err } = await render(
    CONFIG.replace("token_from: { env: TARGET_TOKEN }", "token: planted-token"),
  );
  assert.equal(code, 104);
  assert.equal(out, "");
  assert.match(err, /token_from/);
  assert.doesNotMatch(err, /planted-token/);
});
