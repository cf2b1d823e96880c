/** What a user is told about broken queries, variables and time ranges: the place, what is wrong, and the remedy. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Case, problemsOf, testCases, yamlOf } from "../support/broken-yaml.ts";

const one = (keys: string) => ({ queries: `queries:\n  - name: a\n    template: "*"\n    ${keys}` });
const template = (text: string) => ({ queries: `queries:\n  - name: a\n    template: ▸'${text}'` });

const TEMPLATES: readonly Case[] = [
  [
    "a variable that is not defined, where others are",
    { query: "params: {offset: ▸'{{ hst }}'}" },
    "spec.queries[0].params.offset",
    /uses the variable "hst", which is not defined/,
    /use one of host/,
  ],
  [
    "a variable where none is defined",
    template("{{ host }}"),
    "spec.queries[0].template",
    /uses the variable "host"/,
    /define it under variables$/,
  ],
  [
    "braces that never close",
    template("level:{{ host"),
    "spec.queries[0].template",
    // l e v e l : are six characters.
    /has a "\{\{" at character 7 that is never closed/,
    /write \{\{ name \}\}/,
  ],
  [
    "a filter that does not exist",
    template("{{ host | upper }}"),
    "spec.queries[0].template",
    /"\{\{ host \| upper \}\}", which is neither/,
    /\{\{ name \| raw \}\}/,
  ],
  ["an empty template", template(""), "spec.queries[0].template", /"" is too small/, /at least 1/],
];

const QUERIES: readonly Case[] = [
  [
    "two queries of one name",
    {
      queries:
        "queries:\n  - {name: a, template: x}\n  - {name: b, template: x}\n  - {name: ▸a, template: y}",
    },
    "spec.queries[2].name",
    /"a" is already the name of queries\[0\]/,
    /a name of its own/,
  ],
  ["a weight of 0", one("weight: ▸0"), "spec.queries[0].weight", /0 is too small/, /more than 0/],
  [
    "an endpoint that does not exist",
    one("api: ▸stats"),
    "spec.queries[0].api",
    /"stats" is not known/,
    /one of query, stats_query, .*tail/,
  ],
  [
    "a tail of the past",
    one("api: tail\n    time_range: ▸{last: 5m}"),
    "spec.queries[0].time_range",
    /does not go with api: tail/,
    /remove it/,
  ],
  [
    "a length for what is no tail",
    one("tail_for: ▸5s"),
    "spec.queries[0].tail_for",
    /does not go with api: query/,
    /use api: tail/,
  ],
  [
    "a limit where the endpoint has none",
    one("api: hits\n    limit: ▸10"),
    "spec.queries[0].limit",
    /hits takes no limit/,
    /remove it/,
  ],
  [
    "values of a field that is not named",
    { queries: 'queries:\n  - ▸name: a\n    template: "*"\n    api: field_values' },
    "spec.queries[0].params.field",
    /is missing/,
    /params: \{field: …\}/,
  ],
  [
    "an argument that the endpoint does not take",
    one("api: hits\n    params: {stp: ▸1m}"),
    "spec.queries[0].params.stp",
    /is not an argument of hits/,
    /one of step, offset, field/,
  ],
  [
    "an argument that has a key of its own",
    one("params: {start: ▸1h}"),
    "spec.queries[0].params.start",
    /is not an argument of query/,
    /key time_range/,
  ],
];

const RANGES: readonly Case[] = [
  [
    "a range with only a beginning",
    one("time_range: ▸{from: -6h}"),
    "spec.queries[0].time_range",
    /is not complete/,
    /write last, or from and to/,
  ],
  [
    "a range that ends before it begins",
    one("time_range: ▸{from: 2026-01-02, to: 2026-01-01}"),
    "spec.queries[0].time_range",
    /ends before it begins/,
    /exchange from and to/,
  ],
  [
    "a range that is relative and ends before it begins",
    one("time_range: ▸{from: -1h, to: -2h}"),
    "spec.queries[0].time_range",
    /ends before it begins/,
    /exchange/,
  ],
  [
    "a range with one fixed end",
    one("time_range: ▸{from: 2026-01-01, to: now}"),
    "spec.queries[0].time_range",
    /one end fixed and the other relative/,
    /both as dates, or both relative/,
  ],
  [
    "a point in time in words",
    one("time_range: {from: ▸yesterday, to: now}"),
    "spec.queries[0].time_range.from",
    /"yesterday" is not a point in time/,
    /RFC 3339/,
  ],
  [
    "a sliding range with an end",
    one("time_range: ▸{last: 5m, to: now}"),
    "spec.queries[0].time_range",
    /has last beside from, to or random/,
    /last alone/,
  ],
  [
    "a random stretch longer than its range",
    one("time_range: {from: -1h, to: now, random: ▸2h}"),
    "spec.queries[0].time_range.random",
    /is not a part of from … to \(3600s\)/,
    /shorter/,
  ],
];

const VARIABLES: readonly Case[] = [
  [
    "a variable of two kinds",
    { spec: "variables:\n  x: ▸{list: [a], hex: 4}" },
    "spec.variables.x",
    /has list and hex/,
    /exactly one of list, csv, int, hex/,
  ],
  [
    "a variable of no kind",
    one("variables: {x: ▸{pick: cycle}}"),
    "spec.queries[0].variables.x",
    /has no values/,
    /exactly one of/,
  ],
  [
    "a smallest number above the largest",
    one("variables: {x: {int: ▸{min: 5, max: 4}}}"),
    "spec.queries[0].variables.x.int",
    /min above its max/,
    /exchange/,
  ],
  [
    "a variable with a name that no template can say",
    { spec: "variables:\n  my-host: ▸{hex: 4}" },
    "spec.variables.my-host",
    /is not a name/,
    /letters, digits and underscores/,
  ],
  [
    "a list without entries",
    one("variables: {x: {list: ▸[]}}"),
    "spec.queries[0].variables.x.list",
    /this list is too small/,
    /at least 1/,
  ],
];

testCases([...TEMPLATES, ...QUERIES, ...RANGES, ...VARIABLES]);

test("a variable that is shared by all queries may be used in each", () => {
  const parts = {
    spec: "variables: {pod: {hex: 8}}",
    queries: "queries: [{name: a, template: '{{pod}} {{zone}}'}]",
  };
  const problems = problemsOf(yamlOf(parts));
  assert.deepEqual(
    problems.map(({ message }) => message),
    ['uses the variable "zone", which is not defined'],
  );
});
