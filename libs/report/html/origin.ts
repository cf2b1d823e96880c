/** The end of the page: the spec and all that is needed to run it again, or to doubt it. */

import { stringify } from "yaml";
import type { Report } from "../../protocol/report.ts";
import { count } from "../words.ts";
import { html, type Markup, NOTHING } from "./text.ts";

/** A spec may carry lists of thousands of values; so much of it is read on a page. */
const MAX_SPEC_CHARS = 50_000;

export function renderOrigin(report: Report): Markup {
  const facts: readonly (readonly [string, string])[] = [
    ["seed", String(report.seed)],
    ["schedule hash", report.schedule_hash],
    ...Object.entries(report.versions),
    ["report schema", String(report.schema_version)],
  ];
  return html`${renderSpec(report.spec)}
<dl class="origin">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd><code>${value}</code></dd></div>\n`)}</dl>`;
}

export function renderWarnings(warnings: readonly string[]): Markup {
  if (warnings.length === 0) return html`<p class="empty">There were no warnings.</p>`;
  return html`<ul>${warnings.map((warning) => html`<li>${warning}</li>`)}</ul>`;
}

function renderSpec(spec: unknown): Markup {
  if (spec === undefined || spec === null) return html`<p class="empty">The report has no spec.</p>`;
  const text = stringify(spec, { lineWidth: 0, aliasDuplicateObjects: false });
  const left = text.length - MAX_SPEC_CHARS;
  const more =
    left > 0 ? html`<p class="muted">${count(left)} more characters are in the JSON report.</p>` : NOTHING;
  return html`<details><summary>The config, without its secrets</summary><pre>${text.slice(0, MAX_SPEC_CHARS)}</pre>${more}</details>`;
}
