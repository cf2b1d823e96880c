/** A secret in every place where one can be given, and then a search for all of them wherever Logburst writes anything. */

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SignJWT } from "jose";
import { connect } from "nats";
import { request } from "undici";
import { REPORT_FORMATS } from "../../libs/protocol/config/formats.ts";
import { sealConfig } from "../../libs/runtime/secrets.ts";
import { logburst } from "../support/cli.ts";
import { startCountingProxy } from "../support/counting-proxy.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startNats, startTarget } from "../support/servers.ts";
import { everythingStored } from "../support/stored.ts";
import { benchmark, startSystem } from "../support/system.ts";

/** Each one is known by its own text, so that what leaks says where from. */
const SECRETS = {
  nats: "planted-password-of-nats",
  sealKey: "planted-key-that-seals-secrets",
  basic: "planted-basic-from-a-file",
  bearer: "planted-bearer-from-a-variable",
  header: "planted-header-in-the-config",
  wrong: "planted-where-it-does-not-belong",
  token: "planted-token-of-the-viewer",
  nextToken: "planted-token-of-a-new-file",
  guess: "planted-token-of-nobody",
  jwtKey: "planted-secret-that-signs-web-tokens",
} as const;

const QUERIES = [{ name: "count", template: "* | stats count() lines" }];
const workload = { model: "count", total_queries: 4, total_concurrent_users: 2 };

/** Every file below a folder, as text. */
function filesBelow(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
}

/** A secret as it is, and as others write it. */
const facesOf = (secret: string) => [
  secret,
  Buffer.from(secret).toString("base64").replace(/=+$/, ""),
  Buffer.from(`sre:${secret}`).toString("base64"),
  Buffer.from(secret).toString("hex"),
];

test("secrets that are given in every way there is reach whom they are for, and stand nowhere else", async () => {
  using folder = temporaryFolder();
  const path = (name: string) => join(folder.path, name);
  const write = (name: string, text: string) => {
    writeFileSync(path(name), text);
    return path(name);
  };
  mkdirSync(path("logs"));
  const users = `authorization { user: logburst, password: "${SECRETS.nats}" }\njetstream: enabled\n`;
  await using nats = await startNats(["-c", write("nats.conf", users)]);
  const natsUrl = `nats://logburst:${SECRETS.nats}@127.0.0.1:${nats.port}`;
  await using target = await startTarget(0);
  await using proxy = await startCountingProxy(target.url);
  const tokens = write("tokens", `viewer vera ${SECRETS.token}\n`);
  await using system = await startSystem({
    workers: 1,
    natsUrl,
    sealKey: SECRETS.sealKey,
    logFolder: path("logs"),
    workerEnvironment: { TARGET_TOKEN: SECRETS.bearer },
    serviceEnvironment: {
      LOG_LEVEL: "trace",
      LOGBURST_TOKENS_FILE: tokens,
      LOGBURST_JWT_ISSUER: "https://issuer.example",
      LOGBURST_JWT_AUDIENCE: "logburst",
      LOGBURST_JWT_SECRET_FILE: write("jwt", SECRETS.jwtKey),
    },
  });
  const sniffer = await connect({
    servers: `127.0.0.1:${nats.port}`,
    user: "logburst",
    pass: SECRETS.nats,
  });
  const heard: string[] = [];
  sniffer.subscribe(">", {
    callback: (_error, { subject, data, headers }) => {
      heard.push(subject, Buffer.from(data).toString("latin1"), String(headers ?? ""));
    },
  });
  const answers: string[] = [];
  async function ask(path: string, token?: string, body?: string): Promise<number> {
    const answer = await request(`${system.stack.apiUrl}${path}`, {
      ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
      ...(body !== undefined && { method: "POST", body }),
    });
    answers.push(JSON.stringify(answer.headers), await answer.body.text());
    return answer.statusCode;
  }

  const auths = [
    { type: "basic", username: "sre", password_from: { file: write("password", `${SECRETS.basic}\n`) } },
    { type: "bearer", token_from: { env: "TARGET_TOKEN" } },
    { type: "header", name: "x-scope-key", value: SECRETS.header },
  ];
  for (const auth of auths) {
    const config = benchmark(proxy.url, { workload, queries: QUERIES, target: { url: proxy.url, auth } });
    const { record, report } = await system.run(sealConfig(config as never, SECRETS.sealKey).document);
    assert.equal(report.ledger.ok, 4);
    for (const part of ["", "/config", "/events", "/logs", "/results", "/slices", "/notes"])
      assert.equal(await ask(`/api/v1/runs/${record.id}${part}`), 200, part);
    for (const format of REPORT_FORMATS) await ask(`/api/v1/runs/${record.id}/report?format=${format}`);
  }
  const sent = JSON.stringify(proxy.seen.map(({ headers }) => headers));
  for (const given of [`sre:${SECRETS.basic}`])
    assert.ok(sent.includes(Buffer.from(given).toString("base64")));
  for (const given of [SECRETS.bearer, SECRETS.header]) assert.ok(sent.includes(given));

  const jwt = await new SignJWT({ roles: ["viewer"] })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject("jo")
    .setIssuer("https://issuer.example")
    .setAudience("logburst")
    .setExpirationTime("1h")
    .sign(new TextEncoder().encode(SECRETS.jwtKey));
  assert.deepEqual(
    [
      await ask("/api/v1/runs", SECRETS.token),
      await ask("/api/v1/runs", jwt),
      await ask("/api/v1/runs", SECRETS.guess),
    ],
    [200, 200, 401],
  );
  writeFileSync(tokens, `viewer vera ${SECRETS.nextToken}\n`);
  await eventually("the new token", async () => {
    await ask("/api/v1/audit");
    return answers.at(-1)?.includes("credentials_applied");
  });
  assert.equal(await ask("/api/v1/runs", SECRETS.nextToken), 200);
  writeFileSync(tokens, `vera ${SECRETS.nextToken}\n`);
  await eventually("the refusal", async () => {
    await ask("/api/v1/audit");
    return answers.at(-1)?.includes("credentials_refused");
  });

  const misplaced = [
    { url: `http://sre:${SECRETS.wrong}@127.0.0.1:1` },
    { url: proxy.url, auth: { type: "bearer", token: [SECRETS.wrong] } },
    { url: proxy.url, auth: { type: "header", name: "x y", value: SECRETS.wrong } },
    { url: proxy.url, auth: SECRETS.wrong },
    { url: proxy.url, auth: { type: "basic", username: "sre", password_from: { env: SECRETS.wrong } } },
    { url: proxy.url, headers: { authorization: SECRETS.wrong } },
  ];
  const said: string[] = [];
  for (const [at, bad] of misplaced.entries()) {
    const text = JSON.stringify(benchmark(proxy.url, { workload, queries: QUERIES, target: bad }));
    assert.equal(await ask("/api/v1/validate", undefined, text), 400);
    // The command line shows the same problems; once is enough to see that it shows no more.
    if (at > 1) continue;
    const { code, out, err } = await logburst("validate", write(`bad-${at}.yaml`, text));
    assert.equal(code, 104);
    said.push(out, err);
  }
  for (const wrong of [natsUrl, natsUrl.replace(SECRETS.nats, SECRETS.wrong)]) {
    process.env.NATS_URL = wrong;
    const { out, err } = await logburst("doctor");
    said.push(out, err);
    const listed = await logburst("list");
    said.push(listed.out, listed.err);
  }
  delete process.env.NATS_URL;
  for (const place of [
    "/api/v1/settings",
    "/api/v1/audit",
    "/api/v1/nodes",
    "/api/v1/nodes/coordinator/logs",
    "/metrics",
    "/openapi.json",
  ])
    assert.equal(await ask(place), 200, place);

  const argumentsOf = system.stack.children.map(({ pid }) => readFileSync(`/proc/${pid}/cmdline`, "latin1"));
  const places: [string, string][] = [
    ["the logs", filesBelow(path("logs"))],
    ["streams, buckets and objects", await everythingStored(sniffer)],
    ["messages", heard.join("\n")],
    ["answers of the API", answers.join("\n")],
    ["what the command line said", said.join("\n")],
    ["the arguments of processes", argumentsOf.join("\n")],
  ];
  await sniffer.close();
  for (const [where, text] of places) {
    assert.ok(text.length > 100, `${where} were found`);
    for (const [name, secret] of Object.entries({ ...SECRETS, jwt }))
      for (const face of facesOf(secret))
        assert.ok(!text.includes(face), `the secret ${name} stands in ${where}`);
  }
});
