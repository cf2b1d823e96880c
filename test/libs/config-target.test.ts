/** What a user is told about a broken target; and that no message ever shows a secret, wherever it was put by mistake. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readConfig } from "../../libs/protocol/config/read.ts";
import { type Case, problemsOf, shownText, testCases, yamlOf } from "../support/broken-yaml.ts";

const TARGET: readonly Case[] = [
  [
    "an address with a password",
    { target: "url: ▸http://root:hunter2@localhost:9428" },
    "spec.target.url",
    /carries a user name or password/,
    /spec\.target\.auth/,
  ],
  [
    "an address that is none",
    { target: "url: ▸localhost:9428" },
    "spec.target.url",
    /is not an http or https address/,
    /http:\/\/host:9428/,
  ],
  [
    "an address with arguments",
    { target: "url: ▸http://localhost:9428/?limit=5" },
    "spec.target.url",
    /carries arguments/,
    /queries\[\]\.params/,
  ],
  [
    "a secret among the headers",
    { target: "url: http://localhost:9428\nheaders:\n  authorization: ▸Bearer abc" },
    "spec.target.headers.authorization",
    /is a secret, and headers are not kept secret/,
    /spec\.target\.auth/,
  ],
  [
    "a header whose name has a space",
    { target: 'url: http://localhost:9428\nheaders:\n  ▸"X Key": abc' },
    "spec.target.headers.X Key",
    /is not a possible key/,
    /matches/,
  ],
  [
    "a token and a token_from",
    { target: "url: http://localhost:9428\nauth: ▸{type: bearer, token: abc, token_from: {env: TOKEN}}" },
    "spec.target.auth",
    /has both token and token_from/,
    /either token_from: \{env: NAME\}/,
  ],
  [
    "a password that is nowhere",
    { target: "url: http://localhost:9428\nauth: ▸{type: basic, username: root}" },
    "spec.target.auth",
    /has no password/,
    /password_from: \{env: NAME\}/,
  ],
  [
    "a token_from that names no place",
    { target: "url: http://localhost:9428\nauth: {type: bearer, token_from: ▸TOKEN}" },
    "spec.target.auth.token_from",
    /hidden.* does not name a secret/,
    /\{env: NAME\} or \{file: \/path\}/,
  ],
  [
    "an unknown kind of auth",
    { target: "url: http://localhost:9428\nauth: {type: ▸bearr}" },
    "spec.target.auth.type",
    /"bearr" is not known/,
    /bearer \(known: none, basic, bearer, header\)/,
  ],
  [
    "TLS with an address that has none",
    { target: "url: http://localhost:9428\ntls: ▸{ca_file: /ca.crt}" },
    "spec.target.tls",
    /stands beside an address without TLS/,
    /https:\/\//,
  ],
  [
    "a certificate without its key",
    { target: "url: https://localhost:9428\ntls: ▸{cert_file: /tls.crt}" },
    "spec.target.tls",
    /has no key_file/,
    /goes with its key/,
  ],
  [
    "an address in place of a server's name",
    { target: "url: https://localhost:9428\ntls: {server_name: ▸10.0.0.5}" },
    "spec.target.tls.server_name",
    /is an address/,
    /write a name/,
  ],
  [
    "a tenant below 0",
    { target: "url: http://localhost:9428\ntenant: {account_id: ▸-1}" },
    "spec.target.tenant.account_id",
    /-1 is too small/,
    /at least 0/,
  ],
  [
    "a tenant above 32 bits",
    { target: "url: http://localhost:9428\ntenant: {project_id: ▸4294967296}" },
    "spec.target.tenant.project_id",
    /4294967296 is too large/,
    /at most 4294967295/,
  ],
  [
    "a page of metrics with a password in its address",
    { target: "url: http://localhost:9428\nmetrics: {urls: [▸http://root:hunter2@localhost:9428/metrics]}" },
    "spec.target.metrics.urls[0]",
    /carries a user name or password/,
    /auth/,
  ],
  [
    "a page of metrics that has no address",
    { target: "url: http://localhost:9428\nmetrics: {urls: [http://a/metrics, ▸/metrics]}" },
    "spec.target.metrics.urls[1]",
    /is not an http or https address/,
    /http:\/\/host:9428\/metrics/,
  ],
  [
    "pages that are no list",
    { target: "url: http://localhost:9428\nmetrics: {urls: ▸http://localhost:9428/metrics}" },
    "spec.target.metrics.urls",
    /hidden/,
    /list/,
  ],
  [
    "metrics that would be read all the time",
    { target: "url: http://localhost:9428\nmetrics: {interval: ▸100ms}" },
    "spec.target.metrics.interval",
    /0\.1s is too short or too long/,
    /1s to 5m/,
  ],
];

testCases(TARGET);

const SECRET = "Zq7xK9mW";
/** Every key under which a secret may stand, or be put by mistake. */
const PLACES: readonly (readonly [place: string, before: string])[] = [
  ["the token", "auth:\n  type: bearer\n  token: "],
  ["the password", "auth:\n  type: basic\n  username: root\n  password: "],
  ["the header's value", "auth:\n  type: header\n  name: X-Key\n  value: "],
  ["the token's source", "auth:\n  type: bearer\n  token_from: "],
  ["the environment variable's name", "auth:\n  type: bearer\n  token_from: {env: "],
  ["the auth as a whole", "auth: "],
  ["a further header", "headers:\n  X-Key: "],
  ["a header with a bad name", "headers:\n  X Key: "],
  ["all headers", "headers: "],
  ["the key in place of its file", "tls:\n  key_file: "],
  ["TLS as a whole", "tls: "],
];

/** Signs that mean something in YAML, so that a secret among them may be torn apart. */
const anySigns = fc.string({
  unit: fc.constantFrom(..."!\"#$%&'()*+,-./:;<=>?@[\\]^`{|}~ "),
  maxLength: 4,
});

for (const [place, before] of PLACES) {
  test(`no problem shows a secret that stands as ${place}, however broken the text is`, () => {
    fc.assert(
      fc.property(anySigns, anySigns, (left, right) => {
        // The config has another problem besides, so that there is always something to show.
        const target = `url: nowhere\n${before}${left}${SECRET}${right}`;
        const problems = problemsOf(yamlOf({ target }));
        // Braces make it a key, and keys are shown: they say where the problem is.
        fc.pre(problems.every(({ path }) => !path.includes(SECRET)));
        assert.ok(!shownText(problems).includes(SECRET));
      }),
      { numRuns: 100 },
    );
  });
}

test("no problem shows a secret that was given in a wrong type", () => {
  const values = [`[${SECRET}]`, `{a: ${SECRET}}`, `[[${SECRET}]]`, `{env: [${SECRET}], file: ${SECRET}}`];
  for (const value of values) {
    for (const [, before] of PLACES.filter(([, text]) => !text.includes("{"))) {
      const shown = shownText(problemsOf(yamlOf({ target: `url: nowhere\n${before}${value}` })));
      assert.ok(!shown.includes(SECRET), shown);
    }
  }
});

test("no problem shows a password that stands in the target's address", () => {
  const shown = [
    problemsOf(yamlOf({ target: `url: http://root:${SECRET}@localhost:9428` })),
    problemsOf(yamlOf({ target: `url: [http://root:${SECRET}@localhost:9428]` })),
    problemsOf(yamlOf({ target: "url: http://x" }), [{ path: "target", value: `http://root:${SECRET}@x` }]),
  ].map(shownText);
  assert.ok(!shown.join("\n").includes(SECRET), shown.join("\n"));
});

test("no problem shows a secret that was set from the command line", () => {
  const yaml = yamlOf({ spec: "seed: -1" });
  for (const value of [`[${SECRET}`, `*${SECRET}`, `{type: bearer, token: [${SECRET}]}`, SECRET]) {
    const shown = shownText(problemsOf(yaml, [{ path: "target.auth", value }]));
    assert.ok(!shown.includes(SECRET), shown);
  }
});

test("a secret written down properly is read as it stands", () => {
  const read = readConfig(yamlOf({ target: `url: http://x\nauth: {type: bearer, token: "${SECRET}"}` }));
  assert.ok(read.ok);
  assert.deepEqual(read.config.spec.target.auth, { type: "bearer", token: SECRET });
});
