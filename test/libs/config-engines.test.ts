/** What a user is told about values that an engine cannot take: the place, what is wrong, and the remedy. */

import { type Case, testCases } from "../support/broken-yaml.ts";

const asked = (name: string, options: string, keys: string) => ({
  spec: `engine: {name: ${name}, options: {${options}}}`,
  queries: `queries:\n  - name: a\n    template: "*"\n    ${keys}`,
});

const VALUES: readonly Case[] = [
  [
    "a method that HTTP engines do not have",
    asked("http", "", "params: {method: ▸PUTT}"),
    "spec.queries[0].params.method",
    /cannot be "PUTT"/,
    /write PUT \(known: GET, POST, PUT, PATCH, DELETE\)/,
  ],
  [
    "a number of events that is none",
    asked("etcd", "", "api: watch\n    params: {events: ▸many}"),
    "spec.queries[0].params.events",
    /cannot be "many"/,
    /write a whole number from 1 to 10000000/,
  ],
  [
    "a value of less than nothing",
    asked("etcd", "", "api: put\n    params: {value_bytes: ▸-1}"),
    "spec.queries[0].params.value_bytes",
    /cannot be -1/,
    /write a whole number from 0 to 1000000/,
  ],
  [
    "more keys than are written before a run",
    asked("etcd", "keys: ▸1000001", "api: get"),
    "spec.engine.options.keys",
    /cannot be 1000001/,
    /write a whole number from 0 to 1000000/,
  ],
  [
    "a version of what has none that could be asked for",
    { spec: 'engine: {name: http, version: ▸"1.1"}' },
    "spec.engine.version",
    /no server says its version to http/,
    /remove it/,
  ],
  [
    "a delay of a tail that Loki refuses",
    asked("loki", "", "api: tail\n    params: {delay_for: ▸6}"),
    "spec.queries[0].params.delay_for",
    /cannot be 6/,
    /write a whole number from 0 to 5/,
  ],
  [
    "a tail of what was",
    asked("loki", "", "api: tail\n    time_range: ▸{last: 5m}"),
    "spec.queries[0].time_range",
    /does not go with api: tail/,
    /remove it/,
  ],
  [
    "an expectation of a tail",
    asked("loki", "", "api: tail\n    expect: ▸{min_rows: 1}"),
    "spec.queries[0].expect",
    /does not go with api: tail/,
    /remove it/,
  ],
];

testCases(VALUES);
