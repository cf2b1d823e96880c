/** Result processors of a whole system: what reaches a receiver and a pipeline, what becomes of what nobody takes, and no secret anywhere. */

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connectBus } from "../../libs/bus/connect.ts";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startHookReceiver } from "../support/hook-receiver.ts";
import { startTarget } from "../support/servers.ts";
import { benchmark, startSystem } from "../support/system.ts";

const SECRET = "s3cret-that-signs";
const SECRET_PATH = "s3cret-path-of-a-hook";
const EXAMPLE = join(PACKAGE_ROOT, "test", "fixtures", "processor-example", "index.mjs");

/** Every file below a folder, as text. */
function everything(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
}

test("a run's end reaches a webhook, files, a gate and a module; what is not taken stands in its log; secrets stand nowhere", async () => {
  using folder = temporaryFolder();
  const results = join(folder.path, "results");
  const logs = join(folder.path, "logs");
  for (const path of [results, logs]) mkdirSync(path);
  await using receiver = await startHookReceiver();
  await using closed = await startHookReceiver(() => [410]);
  const settings = join(folder.path, "processors.yaml");
  writeFileSync(settings, "processors:\n  - {type: gate, path: gates}\n");
  await using target = await startTarget(0);
  await using system = await startSystem({
    workers: 1,
    logFolder: logs,
    serviceEnvironment: {
      HOOK_SECRET: SECRET,
      HOOK_URL: `http://127.0.0.1:${receiver.port}/${SECRET_PATH}`,
      CLOSED_URL: `http://127.0.0.1:${closed.port}/${SECRET_PATH}`,
      LOGBURST_PROCESSORS_FILE: settings,
      LOGBURST_PROCESSOR_MODULES: `example=${EXAMPLE}`,
      LOGBURST_RESULTS_DIR: results,
      LOG_LEVEL: "trace",
    },
  });
  const signed = { type: "webhook", secret_from: { env: "HOOK_SECRET" } };
  const { record, report } = await system.run(
    benchmark(target.url, {
      workload: { model: "open", target_qps: 20, duration: 2 },
      queries: [{ name: "count", template: "* | stats count() lines" }],
      processors: [
        { ...signed, url_from: { env: "HOOK_URL" }, on: ["slices", "window", "end"] },
        { ...signed, url_from: { env: "CLOSED_URL" } },
        { type: "files", path: "files", formats: ["json", "junit", "csv", "markdown", "prometheus"] },
        { type: "module", module: "example", options: { file: join(results, "runs.txt") } },
        { type: "module", module: "not-allowed" },
      ],
    }),
  );
  const { id } = record;

  const typesOf = () => receiver.received.map(({ body }) => JSON.parse(body).type);
  await eventually("the end to be told", () => typesOf().includes("io.logburst.run.ended"));
  assert.deepEqual([...new Set(typesOf())].sort(), [
    "io.logburst.run.ended",
    "io.logburst.slices.settled",
    "io.logburst.window.closed",
  ]);
  for (const { path, headers, body } of receiver.received) {
    assert.equal(path, `/${SECRET_PATH}`);
    const { "webhook-id": messageId, "webhook-timestamp": at, "webhook-signature": signature } = headers;
    const mac = createHmac("sha256", SECRET).update(`${messageId}.${at}.${body}`).digest("base64");
    assert.equal(signature, `v1,${mac}`);
  }
  const files = join(results, "files", id);
  await eventually("the files", () => readdirSync(files).includes("report.prom"));
  assert.deepEqual(JSON.parse(readFileSync(join(files, "report.json"), "utf8")), report);
  assert.equal(readdirSync(files).length, 5);
  const gate = await eventually("the gate", () =>
    readFileSync(join(results, "gates", id, "exit-code"), "utf8"),
  );
  assert.equal(gate, "0\n");
  const line = await eventually("the module's line", () => readFileSync(join(results, "runs.txt"), "utf8"));
  assert.match(line, new RegExp(`^${id} passed p99=`));

  const events = `${system.stack.apiUrl}/api/v1/runs/${id}/events`;
  const letters = await eventually("dead letters", async () => {
    const answer = (await (await fetch(events)).json()) as { events: { event: Record<string, string> }[] };
    const found = answer.events.filter(({ event }) => event.type === "processor_failed");
    return found.length === 2 && found.map(({ event }) => event);
  });
  assert.deepEqual(letters.map(({ processor, id: told, reason }) => [processor, told, reason]).sort(), [
    ["spec.processors[1]", `${id}.end`, `127.0.0.1:${closed.port} answered 410 (attempt 1)`],
    ["spec.processors[4]", `${id}.end`, 'the module "not-allowed" is not allowed here'],
  ]);

  await using bus = await connectBus({
    ...{ url: system.stack.natsUrl, prefix: "lb", name: "reader", waitForServer: false },
  });
  const bucket = await bus.runsBucket();
  const stored = await Promise.all(
    (await bucket.keys(">")).map(async (key) => JSON.stringify((await bucket.get(key))?.value)),
  );
  const { streams, subjects } = bus.names;
  const logged = await bus.read(streams.events, subjects.allEvents, 1, 1000);
  const metrics = await (await fetch(`${system.stack.urls.aggregator}/metrics`)).text();
  assert.match(
    metrics,
    /logburst_processor_calls_total\{processor="webhook",hook="end",outcome="failed"\} 1/,
  );
  for (const [where, text] of [
    ["messages", receiver.received.map(({ body }) => body).join()],
    ["the bucket", stored.join()],
    ["events", logged.map(({ data }) => new TextDecoder().decode(data)).join()],
    ["results", everything(results)],
    ["logs", everything(logs)],
    ["metrics", metrics],
  ] as const) {
    assert.ok(text.length > 100, `${where} were looked at`);
    assert.doesNotMatch(text, /s3cret/, where);
  }
});
