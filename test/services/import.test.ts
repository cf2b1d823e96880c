/** Logs as workloads: what is read of each format, what becomes of times and rates, and what is said of the rest. */

import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { readConfig } from "../../libs/protocol/config/read.ts";
import { readLine } from "../../services/cli/import/formats.ts";
import { createGathered } from "../../services/cli/import/gathered.ts";
import { cut, MAX_LINE_CHARS } from "../../services/cli/import/lines.ts";
import { readQuestion } from "../../services/cli/import/question.ts";
import { movedRange } from "../../services/cli/import/ranges.ts";
import { configOf } from "../../services/cli/import/workload.ts";

const AT_MS = Date.UTC(2026, 10, 21, 17, 0, 0);
const S = AT_MS / 1000;

const access = (target: string, { method = "GET", status = 200, time = "21/Nov/2026:17:00:00 +0000" } = {}) =>
  `10.0.0.1 - sre [${time}] "${method} ${target} HTTP/1.1" ${status} 512 "-" "Grafana"`;

/** The request that a line tells of, or why there is none. */
function requestOf(line: string) {
  const read = readLine(line);
  return read.kind === "request" ? [read.request.atMs, read.request.target] : read.why;
}

test("a request is read from each format, at the time when it came", () => {
  const target = "/select/logsql/query?query=_msg%3A%22a+b%22";
  const slow = `slow query according to -search.logSlowQueryDuration=1ms: remoteAddr="10.0.0.1:5", `;
  const place = "2026-11-21T17:00:02.500Z\twarn\tVictoriaLogs/app/vlselect/main.go:259\t";
  for (const line of [
    `${place}${slow}duration=2.500 seconds; requestURI: "${target}"`,
    `${place}${slow}totalDuration=2.500 seconds, waitDuration=1.000 seconds; requestURI: "${target}"`,
    JSON.stringify({
      ts: "2026-11-21T17:00:02.500Z",
      msg: `${slow}duration=2.500 seconds; requestURI: "${target}"`,
    }),
    JSON.stringify({
      _time: "2026-11-21T17:00:02.5Z",
      _msg: `${slow}duration=2.500 seconds; requestURI: "${target}"`,
    }),
    access(target),
    access(target, { time: "21/Nov/2026:19:00:00 +0200" }),
    JSON.stringify({ time_iso8601: "2026-11-21T17:00:00+00:00", request_uri: target, status: 200 }),
    JSON.stringify({ time: S, request: `GET ${target} HTTP/1.1`, status: "200" }),
    JSON.stringify({
      "@timestamp": "2026-11-21T17:00:01Z",
      request_time: "1.000",
      uri: target.split("?")[0],
      args: target.split("?")[1],
    }),
  ])
    assert.deepEqual(requestOf(line), [AT_MS, target], line);
  assert.deepEqual(requestOf('{"query": "_msg:\\"a b\\"", "limit": 5}'), [undefined, `${target}&limit=5`]);
});

test("what is no request is skipped with a reason, and the reason cites nothing", () => {
  for (const [line, why] of [
    ["2026-11-21T17:00:00Z info s3cret started", /no slow query, no line of an access log, and no JSON/],
    [access("/select/logsql/query", { method: "POST" }), /POST whose query is not in its address/],
    [access("/select/logsql/query?query=s3cret(", { status: 400 }), /was answered 400/],
    ["slow query according to -search.logSlowQueryDuration=5s: s3cret", /without its requestURI/],
    ['{"s3cret', /is not JSON/],
    ['{"a": "s3cret"}', /neither an address nor a query/],
  ] as const) {
    const read = requestOf(line);
    assert.match(String(read), why);
    assert.doesNotMatch(String(read), /s3cret/);
  }
  const ask = (target: string) => {
    const read = readQuestion({ atMs: AT_MS, target });
    return read.kind === "skipped" ? read.why : "";
  };
  assert.match(ask("/metrics?query=s3cret"), /nothing below \/select\/logsql\//);
  assert.match(ask("/internal/select/query?query=*"), /a cluster's question to itself/);
  assert.match(ask("/select/logsql/tenant_ids?query=*"), /an endpoint that Logburst does not know/);
  assert.match(ask("/select/logsql/query?limit=5"), /has no query/);
  assert.match(ask(`/select/logsql/query?query=${"a".repeat(16_385)}`), /more than 16384 characters/);
  assert.match(ask("/select/logsql/field_values?query=*"), /lacks an argument/);
  assert.match(ask("/select/logsql/query?query=*&start=s3cret"), /time range that cannot be read/);
  assert.match(ask(`/select/logsql/query?query=*&start=${S}&end=${S - 60}`), /that is empty/);
});

test("arguments become keys of a query, and what a query cannot have is named and left out", () => {
  const read = readQuestion({
    atMs: AT_MS,
    target: `/vl/select/logsql/hits?query=error+%7C+x&step=10m&field=a&field=b&authKey=s3cret&limit=3&timeout=10s&start=${S - 900}&extra_filters=%7Ba%3D%22b%22%7D`,
  });
  assert.deepEqual(read, {
    kind: "question",
    question: {
      api: "hits",
      template: "error | x",
      params: { extra_filters: '{a="b"}', field: "a", step: "10m" },
      timeout: "10s",
      time_range: { last: "15m" },
    },
    dropped: ["a second field", "authKey"],
  });
});

test("a range that ended when it was asked slides; one further back keeps its distance", () => {
  const moved = (start: string | null, end: string | null, atMs: number | undefined = AT_MS) => {
    const range = movedRange(start, end, atMs);
    return range.kind === "range" ? range.range : range.kind;
  };
  assert.equal(moved(null, `${S}`), "none");
  for (const [start, end] of [
    [`${S - 3600}`, `${S}`],
    [`${S - 3603}`, `${S - 4}`],
    [`${(S - 3600) * 1000}`, `${S * 1000}`],
    [`${S - 3600}000000000`, `${S}000000000`],
    ["2026-11-21T16:00:00Z", "2026-11-21T17:00:00.123Z"],
    ["2026-11-21T16Z", "now"],
    ["1h", null],
    ["now-1h", "now"],
    [`${S - 3600}`, `${S + 86_400}`],
  ] as const)
    assert.deepEqual(moved(start, end), { last: "1h" }, `${start} ${end}`);
  assert.deepEqual(moved(`${S - 90_000}`, `${S - 86_400}`), { from: "-25h", to: "-1d" });
  assert.deepEqual(moved("2026-10-01", "now"), { from: "-1241h", to: "now" });
  assert.deepEqual(moved(`${S - 300}`, `${S}`, undefined), { last: "5m" });
  assert.equal(moved("yesterday", null), "unreadable");
});

const WISHES = { name: "imported", targetUrl: "http://127.0.0.1:9428", speed: 1, maxQueries: 200 };
const question = (template: string) => ({ api: "query", template }) as const;

test("queries are weighed by how often they came, and the rate is the one that was seen", () => {
  const gathered = createGathered();
  // Two a second for 20 s, then nothing for 20 s, then five a second for 20 s; the last in the last second.
  for (let n = 0; n < 40; n++) gathered.add(question("a"), AT_MS + n * 500);
  for (let n = 0; n < 100; n++) gathered.add(question(n % 4 === 0 ? "b" : "a"), AT_MS + 40_000 + n * 200);
  const { document } = configOf(gathered, WISHES);
  const { workload, queries } = document.spec;
  assert.deepEqual(
    queries.map(({ template, weight }) => [template, weight]),
    [
      ["a", 115],
      ["b", 25],
    ],
  );
  assert.deepEqual(workload.stages, [
    ...[
      { duration: 0, target: 2 },
      { duration: 20, target: 2 },
    ],
    ...[
      { duration: 0, target: 0 },
      { duration: 20, target: 0 },
    ],
    ...[
      { duration: 0, target: 5 },
      { duration: 20, target: 5 },
    ],
  ]);
  const fast = configOf(gathered, { ...WISHES, speed: 4 }).document.spec.workload;
  assert.deepEqual(fast.stages?.slice(0, 2), [
    { duration: 0, target: 8 },
    { duration: 5, target: 8 },
  ]);
  const constant = configOf(gathered, { ...WISHES, rate: 7, duration: "1m" }).document.spec.workload;
  assert.deepEqual([constant.target_qps, constant.duration, constant.stages], [7, "1m", undefined]);
  const few = configOf(gathered, { ...WISHES, maxQueries: 1 });
  assert.deepEqual([few.document.spec.queries.length, few.kept], [1, 115]);
});

test("without a request, or without times and a rate, there is no config", () => {
  const gathered = createGathered();
  assert.throws(() => configOf(gathered, WISHES), /no line tells of a request/);
  gathered.add(question("a"), undefined);
  assert.throws(() => configOf(gathered, WISHES), /no line says when/);
  assert.equal(configOf(gathered, { ...WISHES, rate: 3 }).document.spec.workload.target_qps, 3);
});

test("whatever was asked, and whenever, the config is valid and has all of its requests", () => {
  const anyQuery = fc.oneof(
    fc.string({ minLength: 1 }).filter((text) => text.trim() !== ""),
    fc.constantFrom("{{a}}", '_msg:"{{"', "}}{{ x", "a: b # c", "- x", "null"),
  );
  const anyTimeS = fc.integer({ min: 0, max: 400_000 });
  const anyRequest = fc.record({
    query: anyQuery,
    agoS: fc.integer({ min: 1, max: 10_000_000 }),
    atS: anyTimeS,
  });
  fc.assert(
    fc.property(fc.array(anyRequest, { minLength: 1, maxLength: 30 }), (requests) => {
      const gathered = createGathered();
      for (const { query, agoS, atS } of requests) {
        const args = new URLSearchParams({ query, start: String(S + atS - agoS), step: query });
        const atMs = AT_MS + atS * 1000;
        const read = readQuestion({ atMs, target: `/select/logsql/hits?${args}` });
        assert.ok(read.kind === "question");
        gathered.add(read.question, atMs);
      }
      const { document, kept } = configOf(gathered, WISHES);
      const read = readConfig(JSON.stringify(document));
      assert.ok(read.ok, JSON.stringify(read));
      assert.equal(kept, requests.length);
    }),
  );
});

test("lines come whole however they are cut, and one that is too long is skipped and not gathered", async () => {
  const long = "x".repeat(MAX_LINE_CHARS * 3);
  const text = `first\n${long}\n\nzwölf\nlast`;
  for (const size of [3, 1000, text.length * 2]) {
    const bytes = Buffer.from(text);
    const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    );
    const lines: [number, string | undefined][] = [];
    for await (const { number, text: line } of cut(Readable.from(parts, { objectMode: false })))
      lines.push([number, line]);
    assert.deepEqual(
      lines,
      [
        [1, "first"],
        [2, undefined],
        [3, ""],
        [4, "zwölf"],
        [5, "last"],
      ],
      `cut at ${size}`,
    );
  }
});
