/** The HTML page of comparisons: each row with its interval and verdict is read without a script, and no text gets out of its place. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { Comparison } from "../../libs/protocol/comparison.ts";
import { renderComparisonsHtml } from "../../libs/report/html/page.ts";
import { exampleComparison } from "../support/example-comparison.ts";
import { markupOf, rowsOf, sectionOf, tagsOf, textOf } from "../support/html.ts";

const [worse] = exampleComparison.rows;
assert.ok(worse);
const same = {
  ...worse,
  query: "a trace by its id",
  difference: 0,
  low: null,
  high: 0.01,
  verdict: "same" as const,
};
const comparison: Comparison = { ...exampleComparison, rows: [same, worse] };

test("what differs comes first, each row with both figures, its interval and its verdict; the rest can be unfolded", () => {
  const section = sectionOf(renderComparisonsHtml([comparison]), "comparison");
  const cells = [
    "errors by level",
    "p50",
    "20.0 ms",
    "25.0 ms",
    "+25.0 %",
    "+20.0 % to +30.0 %",
    "",
    "worse",
  ];
  assert.deepEqual(rowsOf(section)[1], cells);
  const [shown = "", unfolded = ""] = section.split("<details");
  assert.doesNotMatch(textOf(shown), /a trace by its id/);
  assert.match(textOf(unfolded), /^[^<]*1 rows without a difference/);
  assert.deepEqual(rowsOf(unfolded)[1]?.slice(0, 2), ["a trace by its id", "p50"]);
  assert.match(textOf(section), /new against old: worse.*target: url was http:\/\/old, is http:\/\/new/s);
});

test("several sides stand below one another, and each run of each side is named once", () => {
  const other = { ...comparison, contender: { ...comparison.contender, name: "newest" } };
  const page = renderComparisonsHtml([comparison, other]);
  assert.match(textOf(sectionOf(page, "comparison-2")), /Comparison: newest/);
  const sides = rowsOf(sectionOf(page, "runs")).map((cells) => cells[1]);
  assert.deepEqual(sides, ["side", "old", "new", "newest"]);
});

test("no text of a comparison adds a tag; the page runs its own script alone, asks no host, and is small", () => {
  const page = (text: string) => {
    const side = (of: Comparison["baseline"]) => ({
      name: text,
      runs: of.runs.map((run) => ({ ...run, run_id: text })),
    });
    return renderComparisonsHtml([
      Comparison.parse({
        ...comparison,
        verdict_reasons: [text],
        ...{ baseline: side(comparison.baseline), contender: side(comparison.contender) },
        unlike: [{ kind: "target", what: text, baseline: text, contender: text }],
        rows: comparison.rows.map((row) => ({ ...row, query: text })),
      }),
    ]);
  };
  const hostile = page(`"'></title></script><script>alert(1)</script><img src=//evil onerror=alert(1)>`);
  assert.deepEqual(tagsOf(markupOf(hostile)), tagsOf(markupOf(page("x"))));
  assert.equal(hostile.match(/<script/g)?.length, 2, "its script, and the figures for it");
  assert.match(hostile, /content="default-src 'none'; script-src 'sha256-/);
  assert.ok(gzipSync(hostile).length < 100_000);
});
