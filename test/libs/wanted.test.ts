/** A config that a running run is to become: what can be changed while it runs, and what cannot. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { wantedOf } from "../../libs/load/wanted.ts";
import type { Change } from "../../libs/protocol/change.ts";
import { pathText } from "../../libs/protocol/config/problems.ts";
import { readConfig } from "../../libs/protocol/config/read.ts";
import type { BenchmarkConfig } from "../../libs/protocol/config/schema.ts";
import { isSameAuth, sealConfig } from "../../libs/runtime/secrets.ts";

const CONFIG = `apiVersion: benchmark.victorialogs.io/v1
kind: BenchmarkConfig
metadata: {name: test}
spec:
  target: {url: "http://localhost:9428"}
  workload: {model: open, target_qps: 100, duration: 60}
  queries:
    - {name: a, template: "*", weight: 3}
    - {name: b, template: "error"}
`;

function configOf(text: string): BenchmarkConfig {
  const read = readConfig(text);
  assert.ok(read.ok, JSON.stringify(read));
  return read.config;
}

const edited = (from: string, to: string) => {
  const text = CONFIG.replace(from, to);
  assert.notEqual(text, CONFIG);
  return configOf(text);
};
const running = configOf(CONFIG);
const closed = configOf(CONFIG.replace("model: open, target_qps: 100", "total_concurrent_users: 10"));
const change = (more: object): Change =>
  ({ kind: "change", revision: 2, at_ms: 1, by: "test", ...more }) as Change;

test("another rate, other users and other weights become one change; what is spelled otherwise is the same", () => {
  assert.deepEqual(wantedOf(running, [], running), { kind: "same" });
  assert.deepEqual(wantedOf(running, [], edited("duration: 60", "duration: 1m")), { kind: "same" });
  const both = configOf(
    CONFIG.replace("target_qps: 100", "target_qps: 50").replace("weight: 3", "weight: 7"),
  );
  assert.deepEqual(wantedOf(running, [], both), { kind: "change", request: { rate: 50, weights: { a: 7 } } });
  const users = structuredClone(closed);
  users.spec.workload.total_concurrent_users = 4;
  assert.deepEqual(wantedOf(closed, [], users), { kind: "change", request: { users: 4 } });
});

test("of a run on two targets both sides of a query get its new weight, and what differs is named as it is written", () => {
  const text = CONFIG.replace(
    'target: {url: "http://localhost:9428"}',
    'targets: {a: {url: "http://old:9428"}, b: {url: "http://new:9428", queries: {b: {template: "warn"}}}}',
  );
  const paired = configOf(text);
  assert.deepEqual(wantedOf(paired, [], configOf(text)), { kind: "same" });
  assert.deepEqual(wantedOf(paired, [], configOf(text.replace("weight: 3", "weight: 7"))), {
    kind: "change",
    request: { weights: { a: 7 } },
  });
  const refused = wantedOf(
    paired,
    [],
    configOf(text.replace("warn", "fatal").replace("new:9428", "newer:9428").replace('"error"', '"info"')),
  );
  assert.ok(refused.kind === "refused");
  assert.deepEqual(
    refused.findings.map(({ path }) => pathText(path)),
    ["spec.targets.b.url", "spec.targets.b.queries.b.template", "spec.queries[1].template"],
  );
});

test("a config means the run as it is to be, so it takes back what was changed by hand since", () => {
  const changes = [change({ load: 300 }), change({ revision: 3, at_ms: 2, weights: [1, 1] })];
  assert.deepEqual(wantedOf(running, changes, running), {
    kind: "change",
    request: { rate: 100, weights: { a: 3 } },
  });
  assert.deepEqual(wantedOf(running, [change({ load: 50 })], edited("target_qps: 100", "target_qps: 50")), {
    kind: "same",
  });
});

test("whatever else differs is refused with every field that does, and so is what could be changed beside it", () => {
  const cases: [BenchmarkConfig, string[]][] = [
    [edited("duration: 60", "duration: 90"), ["spec.workload.duration"]],
    [edited('template: "error"', 'template: "warn"'), ["spec.queries[1].template"]],
    [edited("name: test", "name: other"), ["metadata.name"]],
    [
      edited('url: "http://localhost:9428"', 'url: "http://localhost:9429", timeout: 5'),
      ["spec.target.url", "spec.target.timeout"],
    ],
    [edited('    - {name: b, template: "error"}\n', ""), ["spec.queries"]],
    [closed, ["spec.workload.model"]],
    [
      configOf(CONFIG.replace("target_qps: 100", "target_qps: 5").replace("name: b", "name: c")),
      ["spec.queries[1].name"],
    ],
    [
      edited("target_qps: 100, duration: 60", "stages: [{duration: 60, target: 5}]"),
      ["spec.workload.duration", "spec.workload.stages"],
    ],
  ];
  for (const [config, paths] of cases) {
    const wanted = wantedOf(running, [], config);
    assert.equal(wanted.kind, "refused");
    const found = wanted.kind === "refused" ? wanted.findings.map(({ path }) => pathText(path)) : [];
    for (const path of paths) assert.ok(found.includes(path), `${path} is not among ${found}`);
  }
});

test("a secret that is sealed anew is the same secret, for whoever can open it", () => {
  const auth = (token: string) => {
    const document = { spec: { target: { auth: { type: "bearer", token } } } };
    return sealConfig(document as never, "key").document.spec.target
      ?.auth as BenchmarkConfig["spec"]["target"]["auth"];
  };
  const [one, again, other] = [auth("secret"), auth("secret"), auth("another")];
  assert.notDeepEqual(one, again);
  assert.equal(isSameAuth(one, again, "key"), true);
  assert.equal(isSameAuth(one, other, "key"), false);
  assert.equal(isSameAuth(one, again, undefined), false);
});
