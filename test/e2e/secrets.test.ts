/** Secrets: they reach the target and nothing else. */

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connectBus } from "../../libs/bus/connect.ts";
import { sealConfig } from "../../libs/runtime/secrets.ts";
import { startCountingProxy } from "../support/counting-proxy.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startTarget } from "../support/servers.ts";
import { benchmark, startSystem } from "../support/system.ts";

const SECRET = "s3cret-that-must-not-leak";
const KEY = "a key for the fleet";
const QUERIES = [
  { name: "count", template: "* | stats count() lines", tenant: { account_id: 7, project_id: 3 } },
];
const workload = { model: "count", total_queries: 10, total_concurrent_users: 2 };

/** Every file below a folder, as text. */
function everything(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
}

test("basic, bearer and header secrets from file, environment and the config itself reach the target alone", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "secret");
  writeFileSync(file, `${SECRET}\n`);
  await using target = await startTarget(0);
  await using proxy = await startCountingProxy(target.url);
  const logs = join(folder.path, "logs");
  mkdirSync(logs);
  await using system = await startSystem({
    workers: 1,
    sealKey: KEY,
    logFolder: logs,
    workerEnvironment: { TARGET_TOKEN: SECRET, LOG_LEVEL: "trace" },
  });
  const auths = [
    {
      auth: { type: "basic", username: "sre", password_from: { file } },
      header: "authorization",
      sent: `Basic ${Buffer.from(`sre:${SECRET}`).toString("base64")}`,
    },
    {
      auth: { type: "bearer", token_from: { env: "TARGET_TOKEN" } },
      header: "authorization",
      sent: `Bearer ${SECRET}`,
    },
    { auth: { type: "header", name: "x-scope-key", value: SECRET }, header: "x-scope-key", sent: SECRET },
  ];
  const reports: string[] = [];
  for (const { auth, header, sent } of auths) {
    const before = proxy.seen.length;
    const config = benchmark(proxy.url, { workload, queries: QUERIES, target: { url: proxy.url, auth } });
    const { report } = await system.run(sealConfig(config as never, KEY).document);
    assert.equal(report.ledger.ok, 10);
    for (const { headers } of proxy.seen.slice(before)) {
      assert.equal(headers[header], sent);
      assert.deepEqual([headers.accountid, headers.projectid], ["7", "3"]);
    }
    reports.push(JSON.stringify(report));
  }

  await using bus = await connectBus({
    url: system.stack.natsUrl,
    prefix: "lb",
    name: "reader",
    waitForServer: false,
  });
  const bucket = await bus.runsBucket();
  const keys = await bucket.keys(">");
  const stored = await Promise.all(keys.map(async (key) => JSON.stringify((await bucket.get(key))?.value)));
  assert.ok(stored.length >= 6);
  for (const [where, text] of [
    ["reports", reports.join()],
    ["the bucket", stored.join()],
    ["logs", everything(logs)],
  ] as const) {
    assert.ok(!text.includes(SECRET), `the secret stands in ${where}`);
    assert.ok(
      !text.includes(Buffer.from(`sre:${SECRET}`).toString("base64")),
      `the secret stands encoded in ${where}`,
    );
  }
});

test("a wrong password is a failure of the target's class, and a worker that lacks a secret says which", async () => {
  await using target = await startTarget(0, "-httpAuth.username=sre", `-httpAuth.password=${SECRET}`);
  await using system = await startSystem({ workers: 1, sealKey: KEY });
  const withPassword = (auth: object) =>
    system.run(
      benchmark(target.url, {
        workload,
        queries: QUERIES,
        target: { url: target.url, auth },
        muster: { timeout: 3 },
      }),
    );

  const right = sealConfig(
    { spec: { target: { auth: { type: "basic", username: "sre", password: SECRET } } } } as never,
    KEY,
  );
  const good = await withPassword(right.document.spec.target?.auth as object);
  assert.equal(good.report.ledger.ok, 10);

  const wrong = sealConfig(
    { spec: { target: { auth: { type: "basic", username: "sre", password: "wrong" } } } } as never,
    KEY,
  );
  const { report } = await withPassword(wrong.document.spec.target?.auth as object);
  assert.deepEqual([report.ledger.failed, report.verdict], [10, "failed"]);
  assert.deepEqual(
    report.errors.map((error) => [error.class, error.detail, error.count]),
    [["http_4xx", "401", 10]],
  );

  await assert.rejects(
    withPassword({ type: "bearer", token_from: { env: "NOT_SET_ANYWHERE" } }),
    /NOT_SET_ANYWHERE is not set/,
  );
});
