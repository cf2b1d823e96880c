/** The webhook: what it sends, how long it tries, and where it does not go. */

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { callLimitMs } from "../../libs/processors/open.ts";
import { signedHeaders } from "../../libs/processors/webhook/signature.ts";
import { createWebhook } from "../../libs/processors/webhook/webhook.ts";
import { WebhookConfig } from "../../libs/protocol/config/processors.ts";
import { type RunEnded, RunEndedMessage } from "../../libs/protocol/processing.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { configSecret } from "../../libs/runtime/secrets.ts";
import { policyOf } from "../../libs/targets/policy.ts";
import { exampleReport } from "../support/example-report.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startHookReceiver } from "../support/hook-receiver.ts";

const NEVER = new AbortController().signal;
/** Pauses are a hundred times as short. */
const hastyClock = {
  ...systemClock,
  after: (ms: number, call: () => void) => systemClock.after(ms / 100, call),
};

const ended: RunEnded = {
  id: "run-1.end",
  run: "run-1",
  at: exampleReport.ended_at,
  name: "example",
  phase: "completed",
  verdict: exampleReport.verdict,
  exit_code: 0,
  report: exampleReport,
};

function webhook(config: object, { rules, isLocal = true }: { rules?: string; isLocal?: boolean } = {}) {
  const hook = createWebhook(WebhookConfig.parse({ type: "webhook", ...config }), {
    ...{ clock: hastyClock, source: "urn:logburst:lb", random: () => 0.5 },
    targets: policyOf(rules, isLocal, "LOGBURST_WEBHOOK_TARGETS"),
    secretOf: (from) => configSecret(from, { sealKey: undefined, folder: "/etc/logburst/target" }, isLocal),
  });
  return async () => hook.end?.(ended, NEVER);
}

test("the signature is the one of Standard Webhooks, for a secret in base64 and for any other text", () => {
  const sign = (secret: string) =>
    signedHeaders("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}', secret)[
      "webhook-signature"
    ];
  // The published example of the specification's libraries.
  assert.equal(
    sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  );
  assert.notEqual(sign("another"), sign("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
  assert.deepEqual(signedHeaders("a", 1, "{}", undefined), { "webhook-id": "a", "webhook-timestamp": "1" });
});

test("a message is a signed cloud event with what the run came to, without its courses and samples", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "secret");
  writeFileSync(file, "a plain secret\n");
  await using receiver = await startHookReceiver();
  await webhook({ url: `http://127.0.0.1:${receiver.port}/hook?a=b`, secret_from: { file } })();
  const [{ path, headers, body } = assert.fail()] = receiver.received;
  assert.equal(path, "/hook?a=b");
  assert.match(String(headers["content-type"]), /^application\/cloudevents\+json/);
  const { data, ...envelope } = JSON.parse(body);
  assert.deepEqual(envelope, {
    specversion: "1.0",
    id: "run-1.end",
    source: "urn:logburst:lb",
    type: "io.logburst.run.ended",
    subject: "run-1",
    time: exampleReport.ended_at,
    datacontenttype: "application/json",
  });
  assert.deepEqual(RunEndedMessage.parse(data), data);
  assert.deepEqual([data.verdict, data.ledger], [exampleReport.verdict, exampleReport.ledger]);
  assert.ok(!("report" in data) && !("timeline" in data));
  const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature } = headers;
  const mac = createHmac("sha256", "a plain secret").update(`${id}.${at}.${body}`).digest("base64");
  assert.deepEqual([id, signature], ["run-1.end", `v1,${mac}`]);
});

test("what is not taken is sent again under the same id, also after no answer at all", async () => {
  const answers = [[500], [429, { "retry-after": "1" }], undefined, [200]] as const;
  await using receiver = await startHookReceiver((request) => answers[request] as [number]);
  await webhook({ url: `http://127.0.0.1:${receiver.port}/`, timeout: "20s" })();
  assert.equal(receiver.received.length, 4);
  assert.equal(new Set(receiver.received.map(({ body }) => body)).size, 1);
  assert.equal(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size, 1);
});

test("it gives up at once on what will not change, later on what might, and says neither path nor secret", async () => {
  for (const [status, headers, why, requests] of [
    [410, {}, /answered 410 \(attempt 1\)/, 1],
    [302, { location: "/elsewhere" }, /answered 302, and redirects are not followed/, 1],
    [503, {}, /answered 503 \(attempt [2-9]\)/, 2],
  ] as const) {
    await using receiver = await startHookReceiver(() => [status, headers as Record<string, string>]);
    const url = `http://127.0.0.1:${receiver.port}/s3cret-path`;
    await assert.rejects(webhook({ url, retry_for: "3s" }), (error: Error) => {
      assert.match(error.message, why);
      assert.doesNotMatch(error.message, /s3cret/);
      return true;
    });
    assert.ok(receiver.received.length >= requests);
    assert.ok(
      receiver.received.every(({ path }) => path === "/s3cret-path"),
      "no redirect was followed",
    );
  }
});

test("it goes only where it may: never to metadata, to this machine in local mode alone, else where a rule says", async () => {
  await using receiver = await startHookReceiver();
  const { port } = receiver;
  for (const [url, options, why] of [
    ["http://169.254.169.254/latest", { rules: "*" }, /metadata/],
    ["http://metadata.google.internal/", { rules: "*" }, /metadata/],
    [`http://127.0.0.1:${port}/`, { isLocal: false }, /is the machine that asks it/],
    [`http://localhost:${port}/`, { isLocal: false }, /is the machine that asks it/],
    [`http://127.0.0.1:${port}/`, { isLocal: false, rules: "*" }, /is the machine that asks it/],
  ] as const) {
    await assert.rejects(webhook({ url }, options), why, url);
  }
  assert.equal(receiver.received.length, 0);
  await webhook({ url: `http://localhost:${port}/` }, { isLocal: false, rules: `localhost:${port}` })();
  assert.equal(receiver.received.length, 1);
});

test("an address or a secret that cannot be had is an error that names where it should be, not what is there", () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "url");
  writeFileSync(file, "no-address-but-s3cret");
  assert.throws(() => webhook({ url_from: { file } }), /address is not an http or https address$/);
  assert.throws(
    () => webhook({ url: "http://a/", secret_from: { env: "NOT_SET_ANYWHERE" } }),
    /NOT_SET_ANYWHERE is not set/,
  );
});

test("a run from another machine cannot have a file of this one, or Logburst's own variables, used as its secret", () => {
  const { url, isLocal } = { url: "http://a/", isLocal: false };
  for (const from of [{ file: "/etc/hostname" }, { env: "LOGBURST_SEAL_KEY" }]) {
    assert.throws(() => webhook({ url, secret_from: from }, { isLocal }), /is not (below|for configs)/);
    assert.throws(() => webhook({ url_from: from }, { isLocal }), /is not (below|for configs)/);
  }
});

test("the end of a run may take as long as it is tried for, and one request more", () => {
  const config = WebhookConfig.parse({ type: "webhook", url: "http://a/", retry_for: 60, timeout: 5 });
  assert.equal(callLimitMs(config, "end"), 65_000);
});
