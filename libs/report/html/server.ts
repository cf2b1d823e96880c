/** The server's side of the run on the page: the sentence on p99, a line for each server, its version and flags. */

import type { Report } from "../../protocol/report.ts";
import type { ServerReport } from "../../protocol/server.ts";
import { failureOf } from "../server.ts";
import { bytes, count, milliseconds, percent } from "../words.ts";
import { renderTable } from "./table.ts";
import { html, type Markup, NOTHING } from "./text.ts";

const MB = 1_000_000;

export function renderServer({ server }: Report): Markup {
  if (!server) return html`<p class="empty">The target's server was not asked how it did.</p>`;
  const { servers, queueing } = server;
  return html`${queueing ? html`<p><strong>${queueing.words}.</strong></p>` : NOTHING}
${table(servers)}
<p class="muted">Of the measured part of the run, whoever else used the server too. Executions are told without the wait for a place.</p>
${servers.filter(({ failed }) => failed > 0).map((entry) => html`<p class="muted">${entry.url}: ${failureOf(entry)}</p>`)}
${servers.map(flags)}`;
}

function told(value: number | null, words: (value: number) => string): string {
  return value === null ? "–" : words(value);
}

function table(servers: readonly ServerReport[]): Markup {
  return renderTable({
    label: "Servers",
    columns: [
      { head: "server", cell: ({ url }: ServerReport) => url },
      { head: "version", kind: "text", cell: ({ version }) => version ?? "–" },
      { head: "samples", cell: ({ samples }) => count(samples) },
      {
        head: "cores",
        group: "CPU",
        cell: ({ cpu_cores_mean: mean, cores }) =>
          `${told(mean, (value) => value.toFixed(2))} of ${told(cores, String)}`,
      },
      { head: "a query", group: "CPU", cell: (server) => told(server.cpu_ms_per_query, milliseconds) },
      {
        head: "taken",
        group: "places",
        cell: ({ executing_max: most, places }) => `${told(most, String)} of ${told(places, String)}`,
      },
      {
        head: "full",
        group: "places",
        cell: ({ full_share: share }) => told(share, (value) => percent(value, 0)),
      },
      { head: "queries", group: "queue", cell: ({ queries }) => told(queries, count) },
      { head: "waited", group: "queue", cell: ({ waits }) => told(waits, count) },
      {
        head: "share",
        group: "queue",
        cell: ({ waited_share: share }) => told(share, (value) => percent(value, 1)),
      },
      { head: "in vain", group: "queue", cell: (server) => told(server.wait_timeouts, count) },
      { head: "execution", cell: (server) => told(server.execution_ms, milliseconds) },
      { head: "memory", cell: ({ rss_mb_max: rssMb }) => told(rssMb, (value) => bytes(value * MB)) },
      { head: "merges", cell: ({ merges }) => told(merges, count) },
      { head: "rows in", cell: ({ rows_ingested: rows }) => told(rows, count) },
      { head: "restarts", cell: ({ restarts }) => count(restarts) },
    ],
    rows: servers,
    empty: "There were no servers.",
  });
}

function flags({ url, flags: set }: ServerReport): Markup {
  const entries = Object.entries(set);
  if (entries.length === 0) return NOTHING;
  const lines = entries.map(([name, value]) => `-${name}=${value}`).join("\n");
  return html`<details><summary>Flags that ${url} was started with</summary><pre>${lines}</pre></details>`;
}
