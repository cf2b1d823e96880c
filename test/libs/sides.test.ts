/** Two targets in a config: what each side is asked, what is refused, and that no side's secret is shown. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { drawerOf } from "../../libs/load/draw.ts";
import { planOf } from "../../libs/load/plan.ts";
import { scheduleHash } from "../../libs/load/schedule-hash.ts";
import { readConfig } from "../../libs/protocol/config/read.ts";
import type { ConfigDocument } from "../../libs/protocol/config/schema.ts";
import { addressesOf, targetOf } from "../../libs/protocol/config/sides.ts";
import { maskConfig, sealConfig } from "../../libs/runtime/secrets.ts";
import { problemsOf, shownText } from "../support/broken-yaml.ts";
import { config, documentOf, paired } from "../support/configs.ts";

const QUERIES = [
  {
    name: "errors",
    category: "heavy",
    template: "{{ host }} {{ word }}",
    params: { offset: 1 },
    variables: { host: { list: ["h1", "h2", "h3"] }, word: { hex: 8 } },
    weight: 3,
  },
  { name: "volume", template: "*" },
];

test("each query is asked of both targets under a name of its own, and a side may ask it in another way", () => {
  const b = {
    url: "http://new:9428",
    queries: { errors: { template: "{{ word }}", params: { step: "5m" } } },
  };
  const asked = { ...QUERIES[0], api: "stats_query_range" as const, params: { offset: "1h" } };
  const { spec } = config(paired({ queries: [asked as never, QUERIES[1] as never] }, { b }));
  assert.deepEqual(
    spec.queries.map(({ name, category }) => [name, category]),
    [
      ["errors@a", "heavy@a"],
      ["errors@b", "heavy@b"],
      ["volume@a", "default@a"],
      ["volume@b", "default@b"],
    ],
  );
  const [first, second] = spec.queries;
  assert.ok(first && second);
  assert.deepEqual([first.template, second.template], ["{{ host }} {{ word }}", "{{ word }}"]);
  assert.deepEqual([first.params, second.params], [{ offset: "1h" }, { offset: "1h", step: "5m" }]);
  assert.deepEqual([targetOf(spec, first).url, targetOf(spec, second).url], ["http://old:9428", b.url]);
  assert.equal(addressesOf(spec), "http://old:9428 and http://new:9428");
});

test("both sides draw the same values, also where one uses fewer variables", () => {
  const b = { url: "http://new:9428", queries: { errors: { template: "{{ word }}" } } };
  const { spec } = config(paired({ queries: QUERIES as never }, { b }));
  const [first, second] = spec.queries.slice(0, 2).map((query) => drawerOf(query, spec.variables));
  const context = { seed: 7, lanes: 1, t0Ms: 0 };
  for (let index = 0; index < 20; index++) {
    const arrival = { lane: 0, index, occurrence: index, atMs: 0 };
    assert.equal(first?.(context, arrival).values.word, second?.(context, arrival).values.word);
  }
});

test("the schedule's hash leaves the targets' addresses out, and not what their sides ask", () => {
  const hashOf = (b: object) => {
    const read = config(paired({ queries: QUERIES as never, seed: 1 }, { b: b as never }));
    return scheduleHash(read, planOf(read, 1));
  };
  const hash = hashOf({ url: "http://new:9428" });
  assert.equal(hashOf({ url: "http://newer:9428", tenant: { account_id: 1 } }), hash);
  const other = hashOf({ url: "http://new:9428", queries: { volume: { template: "error" } } });
  assert.notEqual(other, hash);
  const single = config({ queries: QUERIES as never, seed: 1 });
  assert.notEqual(scheduleHash(single, planOf(single, 1)), hash);
});

test("a threshold is about both sides of a query, or about one", () => {
  const thresholds = [
    { metric: "avg < 1s", query: "errors" },
    { metric: "avg < 1s", query: "errors@b" },
    { metric: "avg < 1s", category: "default@a" },
  ];
  assert.equal(config(paired({ queries: QUERIES as never, thresholds })).spec.thresholds.length, 3);
  const [problem] = problemsIn(
    paired({ queries: QUERIES as never, thresholds: [{ metric: "avg < 1s", query: "errors@c" }] }),
  );
  assert.match(problem?.message ?? "", /no query has the name "errors@c"/);
});

function problemsIn(spec: Partial<ConfigDocument["spec"]>) {
  return problemsOf(JSON.stringify(documentOf(spec)));
}

test("what cannot be run on two targets is refused with its place and a remedy", () => {
  const cases: [Partial<ConfigDocument["spec"]>, string, RegExp][] = [
    [{ target: undefined }, "spec.target", /is missing/],
    [{ ...paired(), target: { url: "http://old:9428" } }, "spec.target", /stands beside targets/],
    [paired({}, { b: { url: "new:9428" } }), "spec.targets.b.url", /is not an http/],
    [
      paired({}, { b: { url: "http://new:9428", queries: { no: {} } } }),
      "spec.targets.b.queries.no",
      /is not a query of this config/,
    ],
    [
      paired({}, { b: { url: "http://new:9428", queries: { all: { template: "{{ word }}" } } } }),
      "spec.targets.b.queries.all.template",
      /uses the variable "word", which is not defined/,
    ],
    [
      paired({
        workload: { model: "search", search: { from: 1, to: 2 } },
        thresholds: ["avg < 1s"],
      }),
      "spec.targets",
      /do not go with model: search/,
    ],
  ];
  for (const [spec, path, message] of cases) {
    const problem = problemsIn(spec).find((found) => found.path === path);
    assert.match(problem?.message ?? `no problem at ${path}`, message);
    assert.notEqual(problem?.remedy, "");
  }
});

test("the secrets of both sides are sealed before they travel, and hidden where the config is shown", () => {
  const side = (url: string, token: string) => ({ url, auth: { type: "bearer" as const, token } });
  const document = documentOf(
    paired({}, { a: side("http://old:9428", "planted-a"), b: side("http://new:9428", "planted-b") }),
  );
  assert.ok(readConfig(JSON.stringify(document)).ok);
  const { document: sealed, warnings } = sealConfig(document, Buffer.alloc(32, 1).toString("base64"));
  assert.deepEqual(
    warnings.map((warning) => warning.split(" ")[0]),
    ["spec.targets.a.auth.token", "spec.targets.b.auth.token"],
  );
  assert.throws(() => sealConfig(document, undefined), /spec\.targets\.a\.auth\.token stands in the config/);
  for (const shown of [sealed, maskConfig(document), maskConfig(sealed)])
    assert.doesNotMatch(JSON.stringify(shown), /planted/);
  assert.match(JSON.stringify(maskConfig(sealed)), /"sealed":"\(hidden\)"/);
  const mistaken = shownText(
    problemsIn({ target: undefined, targets: { a: "http://u:planted@x" } as never }),
  );
  assert.doesNotMatch(mistaken, /planted/);
});
