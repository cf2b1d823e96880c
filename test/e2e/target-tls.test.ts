/** A real etcd that asks its clients for certificates: workers and leader show theirs, and where it is a wrong one the report says why. */

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeCa, makeCertificate } from "../support/certificates.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startSecuredEtcd } from "../support/servers.ts";
import { benchmark, startSystem } from "../support/system.ts";

const TXNS = 30;
const txn = { name: "txn", api: "txn", template: "counter", variables: {} };
const workload = { model: "count", total_queries: TXNS, total_concurrent_users: 2 };

test("a target that asks for a client certificate is asked, looked at and tidied up with it; another one is told as not taken", async () => {
  using folder = temporaryFolder();
  const logs = join(folder.path, "logs");
  mkdirSync(logs);
  const ca = makeCa(folder.path, "ca");
  const own = makeCertificate(folder.path, "etcd", ca);
  const client = makeCertificate(folder.path, "client", ca);
  const foreign = makeCertificate(folder.path, "foreign", makeCa(folder.path, "foreign-ca"));
  await using etcd = await startSecuredEtcd(ca.cert, own);
  await using system = await startSystem({
    workers: 1,
    logFolder: logs,
    serviceEnvironment: { LOG_LEVEL: "trace" },
  });
  const runWith = (shown: typeof client | undefined) => {
    const files = shown && { cert_file: shown.cert, key_file: shown.key };
    const target = { url: etcd.url, tls: { ca_file: ca.cert, ...files }, metrics: { interval: "1s" } };
    return system.run(benchmark(etcd.url, { target, engine: { name: "etcd" }, workload, queries: [txn] }));
  };

  const { report } = await runWith(client);
  assert.deepEqual([report.ledger.ok, report.errors], [TXNS, []]);
  assert.deepEqual(
    report.aftercare?.checks.map(({ counted, holds }) => [counted, holds]),
    [[TXNS, true]],
  );
  assert.equal(report.aftercare?.cleaned?.left, 0);
  const [page] = report.server?.servers ?? [];
  assert.deepEqual([page?.failure, (page?.samples ?? 0) > 0], [null, true]);

  for (const [shown, words] of [
    [undefined, /asks for a client certificate: name one in target\.tls\.cert_file/],
    [foreign, /the client certificate.*target\.tls\.cert_file/],
  ] as const) {
    const { report: refused } = await runWith(shown);
    assert.equal(refused.ledger.ok, 0);
    assert.ok(refused.ledger_balanced);
    for (const { class: outcome, samples } of refused.errors) {
      assert.equal(outcome, "tls", JSON.stringify(refused.errors));
      assert.match(samples[0]?.message ?? "", words);
    }
    assert.ok(refused.errors.length > 0);
  }

  const [, secret = ""] = readFileSync(client.key, "utf8").split("\n");
  const written = ["coordinator", "worker-1"].map((name) => readFileSync(join(logs, `${name}.log`), "utf8"));
  for (const text of [...written, JSON.stringify(report)]) assert.ok(!text.includes(secret));
});
