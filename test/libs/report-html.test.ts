/** The HTML report: it adds up, asks for nothing, and lets nobody in. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Comparison } from "../../libs/protocol/comparison.ts";
import { LEDGER_STATES, type LedgerLine } from "../../libs/protocol/ledger.ts";
import { Report } from "../../libs/protocol/report.ts";
import { renderHtml } from "../../libs/report/html/page.ts";
import { exampleReport } from "../support/example-report.ts";

/** Names of all tags in their order: what a text cannot change unless it became markup. */
function tagsOf(page: string): string[] {
  return page.match(/<\/?[a-z!][a-z0-9]*/gi) ?? [];
}

const CHARACTERS: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&amp;": "&",
};

/** What is read on the page. */
function textOf(page: string): string {
  const text = page.replace(/<style>.*<\/style>/s, "").replace(/<[^>]*>/g, "");
  return text.replace(/&[a-z0-9#]+;/g, (entity) => CHARACTERS[entity] ?? entity);
}

function sectionOf(page: string, id: string): string {
  return new RegExp(`<section id="${id}".*?</section>`, "s").exec(page)?.[0] ?? "";
}

/** The words that the schema fixes; every other text of a report comes from outside. */
const FIXED = [
  "model",
  "phase",
  "verdict",
  "state",
  "class",
  "reason",
  "unit",
  "latency_from",
  "generator_fault_codes",
];

/** The same report with other texts: all that users, servers and nodes can choose. */
function withTexts(value: unknown, replace: (text: string) => string, key = ""): unknown {
  if (typeof value === "string") return FIXED.includes(key) ? value : replace(value);
  if (Array.isArray(value)) return value.map((part) => withTexts(part, replace, key));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      key === "versions" ? replace(name) : name,
      withTexts(part, replace, name),
    ]),
  );
}

const HOSTILE = `"'></title></style></pre></td><script>alert(1)</script><img src=//evil onerror=alert(1)>\${x}&lt;`;

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

test("a query named with markup cannot inject markup into the page", () => {
  const [query] = exampleReport.queries;
  assert.ok(query);
  const page = renderHtml({ ...exampleReport, queries: [{ ...query, name: "<script>alert(1)</script>" }] });
  assert.equal(page.includes("<script"), false);
  assert.ok(textOf(page).includes("<script>alert(1)</script>"));
});

test("no text of a report can add a tag or leave an attribute, wherever it stands", () => {
  const hostile = renderHtml(Report.parse(withTexts(exampleReport, () => HOSTILE)));
  const harmless = renderHtml(Report.parse(withTexts(exampleReport, () => "x")));
  assert.deepEqual(tagsOf(hostile), tagsOf(harmless));
  // In an attribute, a quotation mark would end the value and begin another attribute.
  const attributes = (page: string) => (page.match(/<[^>]*>/g) ?? []).map((tag) => tag.split('"').length);
  assert.deepEqual(attributes(hostile), attributes(harmless));
});

test("the comparison of two targets is on the page, with its intervals, and its texts add no markup", () => {
  const side = (name: string) => ({
    name: `${name} ${HOSTILE}`,
    runs: [{ run_id: "run", started_at: exampleReport.started_at, verdict: "passed" as const }],
  });
  const figures = { baseline: 20, contender: 25, difference: 0.25, low: 0.2, high: 0.3, noise: null };
  const comparison: Comparison = {
    schema_version: 1,
    verdict: "worse",
    verdict_reasons: [HOSTILE],
    ...{ baseline: side("a"), contender: side("b") },
    unlike: [{ kind: "target", what: HOSTILE, baseline: HOSTILE, contender: HOSTILE }],
    ...{ confidence: 0.95, min_effect: 0.02, min_error_effect: 0.001 },
    rows: [{ query: HOSTILE, metric: "p50", ...figures, verdict: "worse" }],
  };
  const section = sectionOf(renderHtml({ ...exampleReport, comparison }), "comparison");
  assert.doesNotMatch(section, /<(script|img)/i);
  assert.match(textOf(section), /20\.0 ms\s*25\.0 ms\s*\+25\.0 %\s*\+20\.0 % to \+30\.0 %\s*worse/);
});

test("any text at all is shown as it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }), (text) => {
      const page = renderHtml({ ...exampleReport, name: text });
      assert.ok(textOf(page).includes(text));
      assert.deepEqual(tagsOf(page), tagsOf(renderHtml(exampleReport)));
    }),
    { numRuns: 50 },
  );
});

test("the page asks for nothing from any host, and runs no script", () => {
  const page = renderHtml(exampleReport);
  assert.doesNotMatch(
    page,
    /<(script|link|iframe|img|object|embed|base|form|video|audio|source|use|image)\b/i,
  );
  assert.doesNotMatch(page, /\s(src|srcset|action|poster|ping|on[a-z]+|style)\s*=/i);
  assert.doesNotMatch(page, /@import|@font-face|url\(/i);
  const links = [...page.matchAll(/href="([^"]*)"/g)].map(([, target]) => target);
  assert.deepEqual(links, ["#warnings"]);
  assert.match(page, /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline';/);
});

test("the ledger line adds up as the report's does", () => {
  const text = textOf(renderHtml(exampleReport));
  const line = "planned 4,000 = 3,990 ok + 4 failed + 2 timed out + 1 missed + 3 lost + 0 cancelled balanced";
  assert.ok(text.includes(line));
  assert.ok(text.includes("superseded 12"));
  const [planned, ...states] = (line.match(/[\d,]+/g) ?? []).map((part) => Number(part.replace(",", "")));
  assert.equal(
    states.reduce((sum, count) => sum + count, 0),
    planned,
  );
});

test("books that do not balance are called so, even if the report says that they do", () => {
  const oneTooMany = { ...exampleReport, ledger: { ...exampleReport.ledger, planned: 4001 } };
  assert.match(sectionOf(renderHtml(oneTooMany), "ledger"), /NOT BALANCED/);
  assert.match(sectionOf(renderHtml({ ...exampleReport, ledger_balanced: false }), "ledger"), /NOT BALANCED/);
  assert.doesNotMatch(renderHtml(exampleReport), /NOT BALANCED/);
});

test("the closed model shows where its users' time went", () => {
  const time = { planned: 2880, driven: 2875.75, idle: 4.25, slice_turnover: 3, worker_died: 1.25 };
  const { slice_turnover, worker_died, ...sums } = time;
  const idle_by_reason = {
    slice_turnover,
    worker_died,
    waiting_for_capacity: 0,
    waiting_for_dispatch: 0,
    paused: 0,
    stopped: 0,
  };
  const report: Report = { ...exampleReport, model: "closed", user_seconds: { ...sums, idle_by_reason } };
  const text = textOf(sectionOf(renderHtml(report), "ledger"));
  assert.ok(text.includes("planned 2,880 user-seconds = 2,875.75 driven + 4.25 idle balanced"));
  assert.ok(text.includes("idle: 3 slice turnover + 1.25 worker died"));
  const wrong = { ...report, user_seconds: { ...sums, idle: 4, idle_by_reason } };
  assert.match(sectionOf(renderHtml(wrong), "ledger"), /NOT BALANCED/);
});

test("a percentile that the samples cannot support is not shown", () => {
  const rows = sectionOf(renderHtml(exampleReport), "queries").split("<tr>");
  const rare = rows.find((row) => row.includes("a trace by its id")) ?? "";
  assert.ok(rare.includes('<abbr title="p99 needs 100 values; there are 40">–</abbr>'));
  assert.ok(rare.includes('<abbr title="p99.9 needs 1,000 values; there are 40">–</abbr>'));
  assert.ok(rare.includes("<td>223 ms</td>"), "p95 needs 20 values, and there are 40");
  const frequent = rows.find((row) => row.includes("errors by level")) ?? "";
  assert.equal(frequent.includes("<abbr"), false);
});

test("response time and schedule lag stand only where starts are intended", () => {
  const nothing = {
    count: 0,
    mean: null,
    p50: null,
    p90: null,
    p95: null,
    p99: null,
    p99_9: null,
    max: null,
  };
  const totals = { ...exampleReport.totals, schedule_lag_ms: nothing };
  assert.match(renderHtml(exampleReport), /Response time.*Schedule lag/s);
  assert.doesNotMatch(
    renderHtml({ ...exampleReport, model: "closed", totals }),
    /Response time|Schedule lag/,
  );
});

test("a run in which nothing happened still has a page", () => {
  const none = { queries: [], categories: [], nodes: [], timeline: [], errors: [], reasons: [], events: [] };
  const text = textOf(
    renderHtml({ ...exampleReport, ...none, warnings: [], spec: null, timeline_step_s: 0 }),
  );
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
  assert.ok(page.length < 200_000, `${page.length} characters`);
});

test("every table names its columns and rows for those who hear it", () => {
  const page = renderHtml(exampleReport);
  const heads = page.match(/<th\b[^>]*>/g) ?? [];
  assert.deepEqual(
    heads.filter((head) => !/scope="(col|row|colgroup)"/.test(head)),
    [],
  );
  assert.equal(page.match(/<table>/g)?.length, page.match(/<caption /g)?.length);
  assert.match(page, /<html lang="en">/);
  for (const [plot] of page.matchAll(/<svg class="plot"[^>]*>/g))
    assert.match(plot, /role="img" aria-label="/);
});

/** Relative luminance and contrast as WCAG 2 defines them. */
function contrast(one: string, other: string): number {
  const [bright = 0, dark = 0] = [one, other].map(luminance).sort((a, b) => b - a);
  return (bright + 0.05) / (dark + 0.05);
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

test("text and charts have enough contrast, in light and in dark", () => {
  const palettes = [...renderHtml(exampleReport).matchAll(/:root \{([^}]*--paper[^}]*)\}/g)].map(
    ([, rules]) =>
      Object.fromEntries(
        [...(rules ?? "").matchAll(/--(\w+): (#\w{6})/g)].map(([, name, color]) => [name, color]),
      ),
  );
  assert.equal(palettes.length, 2);
  for (const { paper, panel, rule: _, ...colors } of palettes) {
    for (const [name, color] of Object.entries(colors)) {
      // WCAG AA: 4.5 for text, 3 for what is drawn.
      const least = ["ink", "muted", "link", "failed"].includes(name) ? 4.5 : 3;
      const found = contrast(String(color), String(paper));
      assert.ok(found >= least, `${name} ${color} on ${paper}: ${found.toFixed(2)}`);
    }
    assert.ok(contrast(String(colors.ink), String(panel)) >= 4.5);
  }
  const badges = [...renderHtml(exampleReport).matchAll(/\.badge\.\w+ \{ background: (#\w{6})/g)];
  assert.equal(badges.length, 3);
  for (const [, color] of badges) assert.ok(contrast(String(color), "#ffffff") >= 4.5, color);
});
