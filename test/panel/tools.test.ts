/** What the page of a run offers beside its figures: requests to be sent again, a replay, several runs over one another. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { FIGURES, overlayOf } from "../../services/coordinator/panel/compare/overlay.ts";
import { figuresOfReport, targetIn } from "../../services/coordinator/panel/run/from-report.ts";
import { figuresAt, lengthS } from "../../services/coordinator/panel/run/replay.ts";
import { curlOf, queryOf, readRequest, vmuiOf } from "../../services/coordinator/panel/run/request-text.ts";
import { sumOf } from "../../services/coordinator/panel/run/view.ts";
import { exampleReport as report } from "../support/example-report.ts";

const QUERY = `{app="a b",start="x"} it's:=limited | stats by (level) count() n, "c=d"`;
const SENT = `POST /vl/select/logsql/query query=${QUERY} start=1700000000000 end=1700000900000 limit=50 timeout=30000ms`;
const read = readRequest(SENT);

test("of a request that failed the query is copied as it was, also with words in it that look like arguments", () => {
  assert.ok(read);
  assert.equal(queryOf(read), QUERY);
  assert.deepEqual(
    read.fields.map(([name]) => name),
    ["query", "start", "end", "limit", "timeout"],
  );
  assert.equal(readRequest(""), undefined);
});

test("copied as curl, a shell hands on each argument to the letter", () => {
  assert.ok(read);
  const command = curlOf(read, "http://logs:9428/vl");
  const words = execFileSync("sh", ["-c", `printf '%s\\n' ${command.replace(/^curl/, "")}`], {
    encoding: "utf8",
  });
  const lines = words.trim().split("\n");
  assert.deepEqual(lines.slice(0, 3), ["-sS", "--data-urlencode", `query=${QUERY}`]);
  assert.equal(lines.at(-1), "http://logs:9428/vl/select/logsql/query");
  fc.assert(
    fc.property(fc.string({ unit: "grapheme-ascii", maxLength: 40 }), (query) => {
      const request = { method: "POST", path: "/q", fields: [["query", query]] } as const;
      assert.equal(curlOf(request, "http://a:1").split(String.raw`'\''`).join("").match(/'/g)?.length, 4);
    }),
  );
});

test("the link to vmui has the query and the stretch of time, and leads to the target alone", () => {
  assert.ok(read);
  const link = vmuiOf(read, "http://logs:9428/vl") ?? "";
  assert.ok(link.startsWith("http://logs:9428/vl/select/vmui/#/?"));
  const parameters = new URLSearchParams(link.split("?").slice(1).join("?"));
  assert.equal(parameters.get("query"), QUERY);
  assert.deepEqual(
    [parameters.get("g0.range_input"), parameters.get("g0.end_input")],
    ["900s", "2023-11-14T22:28:20"],
  );
  assert.equal(vmuiOf(read, "javascript:alert(1)"), undefined);
  assert.equal(targetIn({ ...report, spec: { spec: { target: { url: "http://a" } } } }), "http://a");
  assert.equal(targetIn({ ...report, spec: {} }), undefined);
});

test("a run that is gone through again has books that grow, never go beyond the plan, and end as the report's", () => {
  const end = lengthS(report);
  const sums = Array.from({ length: end + 1 }, (_, second) => sumOf(figuresAt(report, second).ledger));
  for (const [second, sum] of sums.entries()) assert.ok(second === 0 || sum >= (sums[second - 1] ?? 0));
  assert.equal(sums[0], 0);
  const over = figuresAt(report, end + report.timeline_step_s);
  assert.deepEqual({ ...over.ledger, superseded: 0 }, { ...figuresOfReport(report).ledger, superseded: 0 });
  const half = figuresAt(report, 20);
  assert.ok(half.errors.every(({ firstMs }) => firstMs <= 20_000));
  assert.equal(half.headline.plannedPerS, 100);
});

test("runs lie over one another from their own starts, and one that was shorter ends where it ended", () => {
  const short = { ...report, duration_ms: 20_000 };
  const { second, rows } = overlayOf([report, short], FIGURES.ok);
  assert.equal(second.length, Math.ceil(report.duration_ms / 1000));
  assert.deepEqual(rows[0]?.slice(0, 20), rows[1]?.slice(0, 20));
  assert.ok(rows[1]?.slice(20).every((value) => value === null));
  const coarse = {
    ...report,
    timeline_step_s: 5,
    timeline: report.timeline.filter(({ second: at }) => at % 5 === 0),
  };
  const mixed = overlayOf([report, coarse], FIGURES.p50);
  assert.deepEqual(mixed.second.slice(0, 3), [0, 5, 10]);
  assert.deepEqual(mixed.rows[0], mixed.rows[1]);
});
