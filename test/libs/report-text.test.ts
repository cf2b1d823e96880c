/** The summary of a run on a terminal: it adds up, fits its width, and lets nobody steer it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import type { Report } from "../../libs/protocol/report.ts";
import { renderText } from "../../libs/report/terminal/summary.ts";
import { type Palette, PIPE } from "../../libs/report/terminal/terminal.ts";
import { widthOf } from "../../libs/report/terminal/width.ts";
import { exampleReport } from "../support/example-report.ts";
import { assertGolden } from "../support/golden.ts";

const ESCAPE = "\u001b";

const color = (code: number) => (text: string) => `${ESCAPE}[${code}m${text}${ESCAPE}[0m`;
const COLORS: Palette = { good: color(32), bad: color(31), warn: color(33), strong: color(1), dim: color(2) };

/** Names as they come in clusters, and in other scripts. */
function crowded(): Report {
  const [first, second, ...queries] = exampleReport.queries;
  const [node, ...nodes] = exampleReport.nodes;
  assert.ok(first && second && node);
  return {
    ...exampleReport,
    queries: [
      { ...first, name: "errors of the checkout service, by level and region and by the hour" },
      { ...second, name: "按级别统计最近五分钟的错误日志" },
      ...queries,
    ],
    nodes: [{ ...node, node_id: "logburst-worker-7c9d8f6b54-x2x8q-europe-west3-b" }, ...nodes],
  };
}

for (const width of [80, 60]) {
  test(`on a terminal of ${width} columns the summary keeps its columns, cuts names, and no line is too long`, () => {
    const text = renderText(crowded(), { ...PIPE, width });
    assertGolden(`summary-${width}.txt`, text);
    for (const line of text.split("\n")) assert.ok(widthOf(line) <= width, line);
  });
}

test("into a pipe the summary of a fixed run is as it was", () => {
  assertGolden("summary.txt", renderText(exampleReport, PIPE));
});

test("the summary adds up, and shows what the samples support", () => {
  const plain = renderText(exampleReport, PIPE);
  const ledger =
    /ledger +([\d,]+) planned = ([\d,]+) ok \+ ([\d,]+) failed \+ ([\d,]+) timed out \+ ([\d,]+) missed \+ ([\d,]+) lost \+ ([\d,]+) cancelled \(balanced/.exec(
      plain,
    );
  const [planned = 0, ...states] = (ledger ?? []).slice(1).map((text) => Number(text.replaceAll(",", "")));
  assert.equal(
    states.reduce((sum, value) => sum + value, 0),
    planned,
  );
  assert.equal(planned, exampleReport.ledger.planned);
  const rare = plain.split("\n").find((line) => line.startsWith("a trace by its id")) ?? "";
  assert.match(rare, / - +- +/, "p99 and p99.9 of a query with few samples are not shown");
});

test("colours change no width: the same words stand at the same places", () => {
  const colored = renderText(crowded(), { palette: COLORS, width: 80 });
  assert.equal(stripVTControlCharacters(colored), renderText(crowded(), { ...PIPE, width: 80 }));
});

test("a thousand queries and two hundred workers do not fill the terminal; those with errors and those that were lost are shown", () => {
  const {
    queries: [query],
    nodes: [node],
  } = exampleReport;
  assert.ok(query && node);
  const queries = Array.from({ length: 1000 }, (_, nth) => {
    const failed = nth === 700 ? 5 : 0;
    return { ...query, name: `query ${nth}`, ledger: { ...query.ledger, failed, missed: 0, lost: 0 } };
  });
  const nodes = Array.from({ length: 200 }, (_, nth) => {
    const state = nth === 150 ? ("lost" as const) : ("finished" as const);
    return { ...node, node_id: `worker-${nth}`, state };
  });
  const text = renderText({ ...exampleReport, queries, nodes }, PIPE);
  assert.match(text, /^query 700 /m);
  assert.match(text, /^and 970 more queries, in the report$/m);
  assert.match(text, /^worker-150 +lost /m);
  assert.match(text, /^and 188 more workers, in the report$/m);
});

test("names and messages cannot steer the terminal", () => {
  const [first, ...rest] = exampleReport.queries;
  assert.ok(first);
  const report = {
    ...exampleReport,
    name: "a\u001b[2Jb",
    queries: [{ ...first, name: "evil\u001b]0;x\u0007\u202e" }, ...rest],
  };
  const text = renderText(report, PIPE);
  for (const character of [ESCAPE, "\u0007", "\u202e"]) assert.ok(!text.includes(character));
});
