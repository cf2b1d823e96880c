/** The HTML report: it adds up, asks for nothing, is read without a script, and lets nobody in. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { LEDGER_STATES, type LedgerLine } from "../../libs/protocol/ledger.ts";
import { Report } from "../../libs/protocol/report.ts";
import type { SeriesRecord } from "../../libs/protocol/series.ts";
import { renderHtml } from "../../libs/report/html/page.ts";
import { count, milliseconds, rate } from "../../libs/report/words.ts";
import { Histogram } from "../../libs/stats/histogram.ts";
import { exampleComparison } from "../support/example-comparison.ts";
import { exampleReport } from "../support/example-report.ts";
import { exampleSearch } from "../support/example-search.ts";
import { markupOf, rowsOf, sectionOf, tagsOf, textOf } from "../support/html.ts";

/** The words that the schema fixes; every other text of a report comes from outside. */
const FIXED = [
  ...["model", "phase", "verdict", "state", "class", "reason", "unit", "latency_from", "metric", "kind"],
  ...["generator_fault_codes", "ended_by", "stage", "service_histogram"],
];

/** The same document with other texts: all that users, servers and nodes can choose. */
function withTexts(value: unknown, replace: (text: string) => string, key = ""): unknown {
  if (typeof value === "string") return FIXED.includes(key) ? value : replace(value);
  if (Array.isArray(value)) return value.map((part) => withTexts(part, replace, key));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      key === "versions" || key === "flags" ? replace(name) : name,
      withTexts(part, replace, name),
    ]),
  );
}

const HOSTILE = `"'></title></style></script></pre></td><script>alert(1)</script><img src=//evil onerror=alert(1)>\${x}&lt;$&`;

const [firstQuery, ...otherQueries] = exampleReport.queries;
assert.ok(firstQuery);

/** All that a page can have on it. */
const full: Report = { ...exampleReport, comparison: exampleComparison };

test("the example report keeps the schema's promise, and its books balance", () => {
  assert.deepEqual(Report.parse(exampleReport), exampleReport);
  const { ledger, queries, nodes, timeline, categories } = exampleReport;
  const groups = [queries, nodes, categories].map((group) => group.map((part) => part.ledger));
  for (const lines of [...groups, timeline] as Omit<LedgerLine, "superseded">[][]) {
    for (const state of [...LEDGER_STATES, "planned"] as const) {
      const sum = lines.reduce((total, line) => total + line[state], 0);
      assert.equal(sum, ledger[state], state);
    }
  }
});

test("no text of a report or of its series can add a tag or leave an attribute, wherever it stands", () => {
  const page = (text: string) =>
    renderHtml(
      Report.parse(withTexts(full, () => text)),
      withTexts(exampleSearch, () => text) as SeriesRecord,
    );
  const [hostile, harmless] = [page(HOSTILE), page("x")];
  assert.deepEqual(tagsOf(hostile), tagsOf(harmless));
  // In an attribute, a quotation mark would end the value and begin another attribute.
  const attributes = (of: string) =>
    (markupOf(of).match(/<(?:"[^"]*"|[^">])*>/g) ?? []).map((tag) => tag.split('"').length);
  assert.deepEqual(attributes(hostile), attributes(harmless));
  for (const id of ["thresholds", "queries", "nodes", "errors", "capacity", "comparison", "server", "origin"])
    assert.ok(textOf(sectionOf(hostile, id)).includes("<script>alert(1)</script>"), `${id} shows it as text`);
});

test("any text at all is shown as it is", () => {
  const tags = tagsOf(renderHtml(exampleReport));
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }), (text) => {
      const page = renderHtml({ ...exampleReport, name: text });
      assert.ok(textOf(markupOf(page)).includes(text));
      assert.deepEqual(tagsOf(page), tags);
    }),
    { numRuns: 50 },
  );
});

test("the page asks for nothing from any host, runs its own script alone, and is small", () => {
  const page = renderHtml(full, exampleSearch);
  assert.doesNotMatch(
    markupOf(page),
    /<(link|iframe|img|object|embed|base|form|video|audio|source|use|image)\b/i,
  );
  assert.doesNotMatch(markupOf(page), /\s(src|srcset|action|poster|ping|on[a-z]+)\s*=/i);
  const [, styles = ""] = /<style\b[^>]*>(.*?)<\/style>/s.exec(page) ?? [];
  assert.ok(styles.length > 1000);
  assert.doesNotMatch(styles, /@import|@font-face|url\(/i);
  const links = [...markupOf(page).matchAll(/href="([^"]*)"/g)].map(([, target]) => target);
  assert.deepEqual(links, ["#origin"]);
  const [script = ""] = [...page.matchAll(/<script type="module">(.*?)<\/script>/gs)].map(([, text]) => text);
  const hash = createHash("sha256").update(script).digest("base64");
  assert.ok(script.length > 1000);
  assert.ok(
    page.includes(`content="default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline';`),
  );
  assert.equal(page.match(/<script/g)?.length, 2, "its script, and the figures for it");
  assert.ok(gzipSync(page).length < 100_000);
});

test("the script is given the figures that the page shows, and they cannot end its element", () => {
  const page = renderHtml({ ...exampleReport, name: HOSTILE });
  const [, view = ""] = /<script type="application\/json" id="view">(.*?)<\/script>/s.exec(page) ?? [];
  const { report, timeline } = JSON.parse(view);
  assert.equal(report.name, HOSTILE);
  assert.deepEqual(report.ledger, exampleReport.ledger);
  assert.equal(timeline.length, exampleReport.timeline.length);
});

test("verdict and why come first, then thresholds, ledger and summary", () => {
  const page = markupOf(renderHtml(full, exampleSearch));
  const places = [
    "inconclusive",
    "queries were sent late",
    'id="thresholds"',
    'id="ledger"',
    'id="latencies"',
  ];
  const found = [
    ...places,
    'id="capacity"',
    'id="comparison"',
    'id="queries"',
    'id="nodes"',
    'id="origin"',
  ].map((text) => page.indexOf(text));
  assert.deepEqual(
    found,
    [...found].sort((a, b) => a - b),
  );
  assert.ok((found[0] ?? -1) > 0);
});

test("the figures in the tables are the report's, without a script", () => {
  const page = renderHtml(exampleReport);
  const queries = rowsOf(sectionOf(page, "queries")).slice(1);
  assert.equal(queries.length, exampleReport.queries.length);
  for (const [at, { ledger, completed_per_s, service_ms }] of exampleReport.queries.entries()) {
    const states = ["planned", ...LEDGER_STATES] as const;
    assert.deepEqual(
      queries[at]?.slice(1, 8),
      states.map((state) => count(ledger[state])),
    );
    assert.equal(queries[at]?.[8], rate(completed_per_s));
    assert.equal(queries[at]?.[9], milliseconds(service_ms.p50));
  }
  const nodes = rowsOf(sectionOf(page, "nodes")).slice(1);
  for (const [at, node] of exampleReport.nodes.entries()) {
    assert.equal(nodes[at]?.[0], node.node_id);
    assert.equal(nodes[at]?.[5], count(node.ledger.planned));
  }
  const errors = rowsOf(sectionOf(page, "errors")).slice(1);
  assert.deepEqual(
    errors.map((cells) => cells[3]),
    exampleReport.errors.map((error) => count(error.count)),
  );
  assert.match(textOf(sectionOf(page, "errors")), /503: more than 8 requests/);
});

test("a config's thousand queries all stand in the page", () => {
  const queries = Array.from({ length: 1000 }, (_, nth) => ({ ...firstQuery, name: `query ${nth}` }));
  const page = renderHtml({ ...exampleReport, queries });
  assert.equal(rowsOf(sectionOf(page, "queries")).length, 1001);
});

test("the ledger line adds up as the report's does", () => {
  const text = textOf(sectionOf(renderHtml(exampleReport), "ledger"));
  const line = /planned 4,000 = 3,990 ok\+ 4 failed\+ 2 timed out\+ 1 missed\+ 3 lost\+ 0 cancelled balanced/;
  assert.match(text, line);
  assert.ok(text.includes("superseded 12"));
});

test("books that do not balance are called so, even if the report says that they do", () => {
  const oneTooMany = { ...exampleReport, ledger: { ...exampleReport.ledger, planned: 4001 } };
  assert.match(sectionOf(renderHtml(oneTooMany), "ledger"), /NOT BALANCED/);
  assert.match(sectionOf(renderHtml({ ...exampleReport, ledger_balanced: false }), "ledger"), /NOT BALANCED/);
  assert.doesNotMatch(markupOf(renderHtml(exampleReport)), /NOT BALANCED/);
});

test("the closed model shows where its users' time went", () => {
  const reasons = { waiting_for_capacity: 0, waiting_for_dispatch: 0, paused: 0, stopped: 0 };
  const idle_by_reason = { slice_turnover: 3, worker_died: 1.25, ...reasons };
  const time = { planned: 2880, driven: 2875.75, idle: 4.25, idle_by_reason };
  const report: Report = { ...exampleReport, model: "closed", user_seconds: time };
  const text = textOf(sectionOf(renderHtml(report), "ledger"));
  assert.ok(text.includes("planned 2,880 user-seconds = 2,875.75 driven + 4.25 idle balanced"), text);
  assert.ok(text.includes("idle: 3 slice turnover + 1.25 worker died"));
  const wrong = { ...report, user_seconds: { ...time, idle: 4 } };
  assert.match(sectionOf(renderHtml(wrong), "ledger"), /NOT BALANCED/);
});

test("a percentile that the samples cannot support is not shown, and says why", () => {
  const rows = sectionOf(renderHtml(exampleReport), "queries").split("<tr>");
  const rare = rows.find((row) => row.includes("a trace by its id")) ?? "";
  assert.ok(rare.includes('<abbr title="p99 needs 100 values; there are 40">–</abbr>'));
  assert.ok(rare.includes('<abbr title="p99.9 needs 1,000 values; there are 40">–</abbr>'));
  assert.ok(rare.includes("<td>223 ms</td>"), "p95 needs 20 values, and there are 40");
  const frequent = rows.find((row) => row.includes("errors by level")) ?? "";
  assert.equal(frequent.includes("<abbr"), false);
});

test("response time and schedule lag stand only where starts are intended", () => {
  const empty = { count: 0, mean: null, p50: null, p90: null, p95: null, p99: null, p99_9: null, max: null };
  const totals = { ...exampleReport.totals, schedule_lag_ms: empty };
  const summary = (report: Report) => textOf(sectionOf(renderHtml(report), "latencies"));
  assert.match(summary(exampleReport), /Response time.*Schedule lag/s);
  assert.doesNotMatch(summary({ ...exampleReport, model: "closed", totals }), /Response time|Schedule lag/);
});

test("the comparison of two targets is on the page, with its intervals and the band of noise", () => {
  const section = sectionOf(renderHtml(full), "comparison");
  const [, row] = rowsOf(section);
  assert.deepEqual(row?.slice(2, 6), ["20.0 ms", "25.0 ms", "+25.0 %", "+20.0 % to +30.0 %"]);
  const [, band = ""] = /<rect x="[\d.]+" y="0" width="([\d.]+)"/.exec(section) ?? [];
  // The widest row is a half wider than its difference; the half of the drawing is 80 units.
  assert.ok(Math.abs(Number(band) - 2 * 80 * (0.05 / (0.25 * 1.5))) < 0.2, band);
});

test("a search's report has the capacity curve, its knee, and a row for each run", () => {
  const section = sectionOf(renderHtml(exampleReport, exampleSearch), "capacity");
  assert.match(textOf(section), /hold up to 40: all tries passed at 40 and failed at 50/);
  assert.equal(rowsOf(section).length, exampleSearch.steps.length + 1);
  assert.match(section, /<svg class="curve"/);
  assert.equal(sectionOf(renderHtml(exampleReport), "capacity"), "", "and no other report has");
});

test("the distribution goes as far as the values do, for all queries together and for each", () => {
  const histogram = new Histogram();
  const pairs = Array.from({ length: 50 }, (_, at) => [1000 + at, 20]).flat();
  histogram.addSparse({ sumUs: 1, minUs: 1, maxUs: 60_000_000, pairs, count: 1000 });
  const service_histogram = histogram.toHdrV2();
  const page = renderHtml({
    ...exampleReport,
    queries: [
      { ...firstQuery, service_histogram },
      ...otherQueries.slice(0, 1).map((query) => ({ ...query, service_histogram })),
    ],
  });
  const section = sectionOf(page, "distribution");
  assert.match(textOf(section), /Of 2,000 answers/);
  assert.match(textOf(section), /99\.9 %/);
  assert.doesNotMatch(textOf(section), /99\.99 %/);
  assert.equal(section.match(/stroke-linejoin="round"/g)?.length, 3);
});

test("a run in which nothing happened still has a page", () => {
  const none = { queries: [], categories: [], nodes: [], timeline: [], errors: [], reasons: [], events: [] };
  const page = renderHtml({
    ...exampleReport,
    ...none,
    warnings: [],
    spec: null,
    timeline_step_s: 0,
    server: null,
  });
  const text = textOf(markupOf(page));
  for (const words of ["No query failed.", "Nothing was recorded over time.", "There were no warnings."]) {
    assert.ok(text.includes(words), words);
  }
  assert.doesNotMatch(text, /NaN|undefined|Infinity|null/);
});

test("a run of a week has a page that a browser opens at once", () => {
  const [point] = exampleReport.timeline;
  assert.ok(point);
  const timeline = Array.from({ length: 604_800 }, (_, second) => ({ ...point, second }));
  const page = renderHtml({ ...exampleReport, timeline });
  assert.ok(page.length < 700_000, `${page.length} characters`);
  assert.match(textOf(sectionOf(page, "charts")), /percentiles are the highest of them/);
});

test("every table names its columns and rows for those who hear it, and every chart says what it is", () => {
  const page = markupOf(renderHtml(full, exampleSearch));
  const heads = page.match(/<th\b[^>]*>/g) ?? [];
  assert.deepEqual(
    heads.filter((head) => !/scope="(col|row)"/.test(head)),
    [],
  );
  const tables = page.match(/<table>/g)?.length ?? 0;
  assert.ok(tables >= 8);
  const curves = page.match(/<svg class="curve"/g)?.length ?? 0;
  assert.equal(page.match(/<section class="scroll"[^>]* aria-label="/g)?.length, tables + curves);
  for (const [plot] of page.matchAll(/<svg viewBox="0 0 640[^>]*>|<svg class="curve"[^>]*>/g))
    assert.match(plot, /role="img" aria-label="/);
});
