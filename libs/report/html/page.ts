/** The report as one page that needs nothing else: no script, no request, readable on paper and on a phone. */

import type { Report } from "../../protocol/report.ts";
import { renderCharts } from "./charts.ts";
import { renderComparison } from "./comparison.ts";
import { renderOrigin, renderWarnings } from "./origin.ts";
import { renderServer } from "./server.ts";
import { STYLE } from "./style.ts";
import { renderFacts, renderHeader, renderLedger } from "./summary.ts";
import {
  renderCategories,
  renderErrors,
  renderEvents,
  renderNodes,
  renderQueries,
  renderReasons,
} from "./tables.ts";
import { html, type Markup, NOTHING, toPage } from "./text.ts";
import { renderThresholds } from "./thresholds.ts";

export function renderHtml(report: Report): string {
  // The policy holds should the escaping ever fail: the browser itself loads and runs nothing.
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${report.name}: ${report.verdict} · Logburst report</title>
<style>${STYLE}</style>
</head>
<body>
${renderHeader(report)}
<main>
${section("thresholds", "Thresholds", renderThresholds(report.thresholds))}${report.comparison ? section("comparison", "Comparison", renderComparison(report.comparison)) : NOTHING}
${section("ledger", "Ledger", renderLedger(report))}
${section("facts", "Key facts", renderFacts(report))}
${section("timeline", "Over time", renderCharts(report))}
${section("server", "Server", renderServer(report))}
${section("queries", "Queries", renderQueries(report.queries))}
${section("categories", "Categories", renderCategories(report.categories))}
${section("nodes", "Nodes", renderNodes(report))}
${section("errors", "Errors", renderErrors(report.errors))}
${section("reasons", "Missed, lost, cancelled", renderReasons(report.reasons))}
${section("events", "Events", renderEvents(report.events))}
${section("origin", "Spec and versions", renderOrigin(report))}
${section("warnings", "Warnings", renderWarnings(report.warnings))}
</main>
</body>
</html>
`;
  return toPage(page);
}

function section(id: string, title: string, content: Markup): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${content}
</section>`;
}
