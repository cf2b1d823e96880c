/** A config as objects of a cluster: its own workers, with what it says of them, and nothing secret. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { parseAllDocuments } from "yaml";
import { type Any, objectsIn, objectsOf, type Workload, workloadsOf } from "../deploy/render.ts";
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

test("with --tls the workers have what those of the overlay have, to speak TLS with the same system", async () => {
  const { out } = await render(CONFIG, "--tls");
  const [job] = workloadsOf(objectsIn(out, "1.1"));
  const worker = workloadsOf(objectsOf("tls", "1.1")).find(({ title }) => title === "Deployment worker");
  assert.ok(job && worker);
  const [own] = job.pod.containers;
  const [theirs] = worker.pod.containers;
  const secured = theirs.env.filter(({ name }: Any) =>
    /^(NATS|LOGBURST_HTTP)_(CA|NKEY|CERT|KEY)$/.test(name),
  );
  assert.equal(secured.length, 4);
  for (const entry of secured)
    assert.ok(
      own.env.some((known: Any) => isDeepStrictEqual(known, entry)),
      entry.name,
    );
  assert.deepEqual(own.volumeMounts, theirs.volumeMounts);
  const volumeOf = ({ pod }: Workload, wanted: string) =>
    pod.volumes.find(({ name }: Any) => name === wanted);
  for (const name of ["nats-ca", "nats-key", "tls"]) {
    assert.ok(volumeOf(worker, name));
    assert.deepEqual(volumeOf(job, name), volumeOf(worker, name));
  }
  for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"])
    assert.equal(own[probe].httpGet.scheme, "HTTPS");
  assert.equal(job.annotations["prometheus.io/scheme"], "https");
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
