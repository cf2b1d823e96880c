/** Who may use the API: static tokens, signed ones, this machine, the bus; and what is refused, and how. */

import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { createServer } from "node:http";
import { test } from "node:test";
import { exportJWK, SignJWT, UnsecuredJWT } from "jose";
import { createLog } from "../../libs/runtime/log.ts";
import { readRules } from "../../libs/targets/rules.ts";
import { createGate, type GateSettings, roleFor } from "../../services/coordinator/access/gate.ts";
import { createJwtVerifier, type KeySource } from "../../services/coordinator/access/jwt.ts";
import { Refusal } from "../../services/coordinator/access/refusals.ts";
import { readTokens } from "../../services/coordinator/access/tokens.ts";
import type { Asker } from "../../services/coordinator/api/guard.ts";
import { manualClock } from "../support/manual-clock.ts";

const NOW_MS = Date.UTC(2026, 0, 1);
const ISSUER = "https://issuer.example";
const AUDIENCE = "logburst";
const TOKEN = "a-token-of-the-operator";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = rsa.publicKey.export({ type: "spki", format: "pem" }).toString();

function gateOf(settings: Partial<GateSettings> = {}) {
  const clock = manualClock(NOW_MS);
  const all: GateSettings = {
    isLocal: false,
    trustedProxies: [],
    findToken: readTokens(`operator olga ${TOKEN}\nviewer vera a-token-of-the-viewer`, "test"),
    verifyJwt: undefined,
    busNeedsToken: false,
    perSecond: 10,
    ...settings,
  };
  const gate = createGate(() => all, clock, createLog("test", "test", "silent"));
  const ask = (verb: Parameters<typeof gate>[0], asker: Partial<Asker>) =>
    gate(verb, {
      via: "HTTP",
      authorization: undefined,
      address: "10.0.0.9",
      host: "logburst:8080",
      ...asker,
    });
  return { ask, clock };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function refusalOf(asking: Promise<unknown>): Promise<Refusal> {
  const error = await asking.then(
    (caller) => assert.fail(`let in: ${JSON.stringify(caller)}`),
    (refused: unknown) => refused,
  );
  assert.ok(error instanceof Refusal, String(error));
  return error;
}

test("off its machine the API asks for a token, and a role that includes the verb", async () => {
  const { ask } = gateOf();
  const nobody = await refusalOf(ask("run.list", {}));
  assert.deepEqual(
    [nobody.code, nobody.headers["www-authenticate"]],
    ["unauthorized", 'Bearer realm="logburst"'],
  );
  for (const authorization of [
    "",
    "Basic b2xnYTp4",
    "Bearer",
    "Bearer a b",
    `Bearer ${TOKEN}x`,
    "x".repeat(20_000),
  ])
    assert.match(
      (await refusalOf(ask("run.list", { authorization }))).headers["www-authenticate"] ?? "",
      /invalid_token/,
    );
  const { name, role } = await ask("run.create", bearer(TOKEN));
  assert.deepEqual([name, role], ["olga", "operator"]);
  await ask("run.get", bearer("a-token-of-the-viewer"));
  const weak = await refusalOf(ask("run.stop", bearer("a-token-of-the-viewer")));
  assert.deepEqual(
    [weak.code, /scope="operator"/.test(weak.headers["www-authenticate"] ?? "")],
    ["forbidden", true],
  );
  assert.equal((await refusalOf(ask("kill.clear", bearer(TOKEN)))).code, "forbidden");
  assert.equal(roleFor("kill.set"), "operator");
});

test("on this machine alone nobody needs a token; a proxy's word, a foreign host or an open port ends that", async () => {
  const here = { address: "127.0.0.1", host: "127.0.0.1:8080" };
  const { ask } = gateOf({ isLocal: true });
  for (const host of ["127.0.0.1:8080", "localhost:8080", "[::1]:8080"])
    assert.equal((await ask("kill.clear", { ...here, host })).role, "admin");
  assert.equal((await ask("run.list", { ...here, address: "::ffff:127.0.0.1" })).name, "local");
  for (const asker of [
    { ...here, forwardedFor: "203.0.113.7" },
    { ...here, forwardedFor: "127.0.0.1" },
    { ...here, host: "evil.example:8080" },
    { ...here, address: "10.0.0.9" },
    { ...here, address: undefined },
    { ...here, ...bearer("not-a-token-of-anybody") },
  ])
    assert.equal((await refusalOf(ask("run.list", asker))).code, "unauthorized", JSON.stringify(asker));
  assert.equal((await refusalOf(gateOf().ask("run.list", here))).code, "unauthorized");
});

test("over the bus NATS decides, unless a token is asked for; one that comes must be good", async () => {
  assert.equal((await gateOf().ask("run.create", { via: "NATS", address: undefined })).name, "NATS");
  assert.equal(
    (await refusalOf(gateOf().ask("run.create", { via: "NATS", ...bearer("not-a-token-of-anybody") }))).code,
    "unauthorized",
  );
  const strict = gateOf({ busNeedsToken: true });
  assert.equal((await refusalOf(strict.ask("run.create", { via: "NATS" }))).code, "unauthorized");
  assert.equal((await strict.ask("run.create", { via: "NATS", ...bearer(TOKEN) })).name, "olga");
});

test("whoever asks too often waits, and whoever guesses tokens too; by the address that a trusted proxy tells", async () => {
  const { ask, clock } = gateOf({ trustedProxies: readRules("10.0.0.0/8", "test") });
  for (let at = 0; at < 20; at++) await ask("run.list", bearer(TOKEN));
  const tooOften = await refusalOf(ask("run.list", bearer(TOKEN)));
  assert.deepEqual([tooOften.code, tooOften.headers["retry-after"]], ["rate_limited", "1"]);
  await ask("run.list", bearer("a-token-of-the-viewer"));
  clock.advance(1000);
  await ask("run.list", bearer(TOKEN));

  const guess = (forwardedFor: string) =>
    refusalOf(ask("run.list", { ...bearer("a-guess-of-somebody"), forwardedFor }));
  for (let at = 0; at < 20; at++)
    assert.equal((await guess("198.51.100.1, 203.0.113.7, 10.1.1.1")).code, "unauthorized");
  assert.equal((await guess("198.51.100.2, 203.0.113.7")).code, "rate_limited");
  assert.equal((await guess("203.0.113.8")).code, "unauthorized");
});

const claims = { roles: ["operator"] } as Record<string, unknown>;

function signed(
  payload: Record<string, unknown>,
  key: KeyObject | Uint8Array,
  alg: string,
  change: (jwt: SignJWT) => SignJWT = (jwt) => jwt,
) {
  const jwt = new SignJWT(payload)
    .setProtectedHeader({ alg, kid: "k1" })
    .setSubject("olga")
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setExpirationTime(NOW_MS / 1000 + 60);
  return change(jwt).sign(key);
}

function gateWith(keys: KeySource, more: { roleClaim?: string } = {}) {
  const settings = {
    keys,
    issuer: ISSUER,
    audience: AUDIENCE,
    roleClaim: "roles",
    roles: { "sre-leads": "admin" } as const,
    ...more,
  };
  return gateOf({ verifyJwt: createJwtVerifier(settings, () => NOW_MS) });
}

test("a signed token counts for its audience, from its issuer, in its time, by a key that is known, by no other algorithm", async () => {
  const { ask } = gateWith({ kind: "public-key", pem });
  const letIn = await ask("run.create", bearer(await signed(claims, rsa.privateKey, "RS256")));
  assert.deepEqual([letIn.name, letIn.role], ["olga", "operator"]);
  assert.equal(
    (await ask("kill.clear", bearer(await signed({ roles: "sre-leads other" }, rsa.privateKey, "PS256"))))
      .role,
    "admin",
  );
  const nowS = NOW_MS / 1000;
  const bad: [string, string | Promise<string>][] = [
    ["another key", signed(claims, other.privateKey, "RS256")],
    ["expired", signed(claims, rsa.privateKey, "RS256", (jwt) => jwt.setExpirationTime(nowS - 10))],
    ["not yet", signed(claims, rsa.privateKey, "RS256", (jwt) => jwt.setNotBefore(nowS + 10))],
    ["another audience", signed(claims, rsa.privateKey, "RS256", (jwt) => jwt.setAudience("other"))],
    [
      "another issuer",
      signed(claims, rsa.privateKey, "RS256", (jwt) => jwt.setIssuer("https://evil.example")),
    ],
    ["the public key as a secret", signed(claims, new TextEncoder().encode(pem), "HS256")],
    [
      "no signature",
      new UnsecuredJWT(claims)
        .setSubject("olga")
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setExpirationTime(nowS + 60)
        .encode(),
    ],
    [
      "no end",
      new SignJWT(claims)
        .setProtectedHeader({ alg: "RS256" })
        .setSubject("olga")
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .sign(rsa.privateKey),
    ],
    [
      "nobody's",
      new SignJWT(claims)
        .setProtectedHeader({ alg: "RS256" })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setExpirationTime(nowS + 60)
        .sign(rsa.privateKey),
    ],
    ["garbage", "a.b.c"],
  ];
  for (const [what, token] of bad)
    assert.equal((await refusalOf(ask("run.list", bearer(await token)))).code, "unauthorized", what);
  for (const payload of [
    {},
    { roles: [] },
    { roles: ["root"] },
    { roles: { admin: true } },
    { roles: ["__proto__", "constructor"] },
  ])
    assert.equal(
      (await refusalOf(ask("run.list", bearer(await signed(payload, rsa.privateKey, "RS256"))))).code,
      "forbidden",
    );
  const viewer = bearer(await signed({ roles: ["viewer"] }, rsa.privateKey, "RS256"));
  assert.equal((await refusalOf(ask("run.create", viewer))).code, "forbidden");
});

test("keys come from a file, from a list on the net, or from the issuer, who is asked where it is", async () => {
  const jwks = { keys: [{ ...(await exportJWK(rsa.publicKey)), kid: "k1", alg: "RS256", use: "sig" }] };
  const token = bearer(await signed({ realm: { roles: ["admin"] } }, rsa.privateKey, "RS256"));
  const more = { roleClaim: "realm.roles" };
  assert.equal(
    (await gateWith({ kind: "jwks", text: JSON.stringify(jwks) }, more).ask("run.list", token)).role,
    "admin",
  );

  const server = createServer((request, response) => {
    const base = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    const isDocument = request.url === "/.well-known/openid-configuration";
    response.end(JSON.stringify(isDocument ? { issuer: base, jwks_uri: `${base}/keys` } : jwks));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  try {
    assert.equal(
      (await gateWith({ kind: "jwks-url", url: `${base}/keys` }, more).ask("run.list", token)).role,
      "admin",
    );
    const settings = {
      keys: { kind: "issuer" },
      issuer: base,
      audience: AUDIENCE,
      roleClaim: "roles",
      roles: {},
    } as const;
    const { ask } = gateOf({ verifyJwt: createJwtVerifier(settings, () => NOW_MS) });
    const discovered = await signed(claims, rsa.privateKey, "RS256", (jwt) => jwt.setIssuer(base));
    assert.equal((await ask("run.list", bearer(discovered))).role, "operator");
  } finally {
    server.closeAllConnections();
    server.close();
  }
  assert.equal(
    (await refusalOf(gateWith({ kind: "jwks-url", url: `${base}/keys` }).ask("run.list", token))).code,
    "unauthorized",
  );
  assert.throws(() => gateWith({ kind: "jwks-url", url: "http://keys.example/keys" }), /is not https/);
  assert.throws(() => gateWith({ kind: "secret", secret: "short" }), /32 bytes/);
});

test("a secret that is shared signs too, and then nothing else does", async () => {
  const secret = "a secret of thirty-two bytes or more";
  const { ask } = gateWith({ kind: "secret", secret });
  assert.equal(
    (await ask("run.list", bearer(await signed(claims, new TextEncoder().encode(secret), "HS256")))).name,
    "olga",
  );
  assert.equal(
    (await refusalOf(ask("run.list", bearer(await signed(claims, rsa.privateKey, "RS256"))))).code,
    "unauthorized",
  );
});
