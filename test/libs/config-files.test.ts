/** The configs that come along are valid, ask what they say they ask, and can be run. */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { writtenQueries } from "../../libs/protocol/config/sides.ts";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { readConfigFile } from "../../services/cli/config-file.ts";

const FOLDERS = ["metastore", "logs", "victorialogs"];

function configsIn(folder: string) {
  const path = join(PACKAGE_ROOT, "config", folder);
  const files = readdirSync(path).filter((file) => file.endsWith(".yaml"));
  return new Map(
    files.map((file) => [file.replace(".yaml", ""), readConfigFile(join(path, file), []).config.spec]),
  );
}

test("every config that comes along is valid", () => {
  const counts = FOLDERS.map((folder) => configsIn(folder).size);
  assert.deepEqual(counts, [5, 3, 9]);
});

test("the workloads of MetaStore's report have its parameters, to the letter", () => {
  const specs = configsIn("metastore");
  const of = (name: string) => {
    const { workload, queries } = specs.get(name) ?? assert.fail(name);
    return { workload, mix: Object.fromEntries(queries.map(({ api, weight }) => [api, weight])), queries };
  };
  const { workload: large, mix } = of("large");
  assert.deepEqual(
    [large.total_concurrent_users, large.total_queries, mix],
    [50, 50 * 1000, { put: 50, get: 50 }],
  );
  const { workload: sustained } = of("sustained");
  assert.deepEqual([sustained.lanes, sustained.target_qps, sustained.duration], [20, 20 * 100, 30_000]);
  const { workload: mixed, mix: mixedMix } = of("mixed");
  assert.deepEqual([mixed.total_concurrent_users, mixed.duration], [30, 20_000]);
  assert.deepEqual(mixedMix, { put: 40, get: 40, range: 10, delete: 10 });
  const { workload: watch, queries } = of("watch");
  assert.deepEqual([watch.total_concurrent_users, watch.total_queries, watch.lanes], [100, 100, 1]);
  assert.deepEqual(queries[0]?.params, { events: 1000, watchers: 100, writers: 1 });
  const { workload: txn } = of("txn");
  assert.deepEqual([txn.total_concurrent_users, txn.total_queries], [10, 10_000]);
});

test("systems of different kinds are asked the same questions as often, under the same variables and seed", () => {
  const specs = [...configsIn("logs").values()];
  const asked = specs.map((spec) => ({
    workload: spec.workload,
    seed: spec.seed,
    variables: spec.variables,
    queries: writtenQueries(spec).map(({ name, category, weight }) => ({ name, category, weight })),
  }));
  for (const other of asked) assert.deepEqual(other, asked[0]);
  assert.deepEqual(specs.map(({ engine }) => engine.name).sort(), ["elasticsearch", "loki", "victorialogs"]);
});
