/** The server's side of a run: the sentence on p99, a line for each server, its version and flags. */

import type { Report } from "../../../../libs/protocol/report.ts";
import type { ServerReport } from "../../../../libs/protocol/server.ts";
import { failureOf } from "../../../../libs/report/server.ts";
import { bytes, count, milliseconds, percent } from "../../../../libs/report/words.ts";
import { type Column, Table } from "../frame/table.tsx";
import { Section } from "./section.tsx";
import { type ReportWord, tell } from "./words/words.ts";

const BYTES_PER_MB = 1_000_000;

export function Server({ server }: Pick<Report, "server">) {
  return (
    <Section id="server" title="server">
      {server ? <Asked {...server} /> : <p class="empty">{tell("server_not_asked")}</p>}
    </Section>
  );
}

function Asked({ servers, queueing }: NonNullable<Report["server"]>) {
  return (
    <>
      {queueing && (
        <p>
          <strong>{queueing.words}.</strong>
        </p>
      )}
      <Table
        label={tell("server")}
        columns={columns()}
        rows={servers}
        keyOf={({ url }, index) => `${index} ${url}`}
        empty={tell("no_servers")}
      />
      <p class="muted">{tell("server_note")}</p>
      {servers
        .filter(({ failed }) => failed > 0)
        .map((each) => (
          <p key={each.url} class="muted">
            {each.url}: {failureOf(each)}
          </p>
        ))}
      {servers.map((each) => (
        <Flags key={each.url} {...each} />
      ))}
    </>
  );
}

function columns(): Column<ServerReport>[] {
  const told = (
    word: ReportWord,
    of: (server: ServerReport) => number | null,
    words: (value: number) => string,
  ): Column<ServerReport> => ({
    key: word,
    head: tell(word),
    by: of,
    cell: (server) => toldText(of(server), words),
  });
  return [
    {
      key: "url",
      head: tell("of_server"),
      cell: ({ url, version }) => (
        <>
          {url}
          <small>{version}</small>
        </>
      ),
    },
    told("samples", ({ samples }) => samples, count),
    {
      key: "cpu",
      head: tell("server_cores"),
      by: (server) => server.cpu_cores_mean,
      cell: (server) =>
        `${toldText(server.cpu_cores_mean, (value) => value.toFixed(2))} / ${toldText(server.cores, String)}`,
    },
    told("cpu_a_query", (server) => server.cpu_ms_per_query, milliseconds),
    {
      key: "places",
      head: tell("places_taken"),
      by: (server) => server.executing_max,
      cell: ({ executing_max: most, places }) => `${toldText(most, String)} / ${toldText(places, String)}`,
    },
    told(
      "places_full",
      (server) => server.full_share,
      (share) => percent(share, 0),
    ),
    told("taken_up", ({ queries }) => queries, count),
    told("had_to_wait", ({ waits }) => waits, count),
    told(
      "waited_share",
      (server) => server.waited_share,
      (share) => percent(share, 1),
    ),
    told("in_vain", (server) => server.wait_timeouts, count),
    told("execution", (server) => server.execution_ms, milliseconds),
    told(
      "resident",
      (server) => server.rss_mb_max,
      (value) => bytes(value * BYTES_PER_MB),
    ),
    told("merges", ({ merges }) => merges, count),
    told("rows_in", (server) => server.rows_ingested, count),
    told("restarts", ({ restarts }) => restarts, count),
  ];
}

function toldText(value: number | null, words: (value: number) => string): string {
  return value === null ? "–" : words(value);
}

function Flags({ url, flags }: ServerReport) {
  const entries = Object.entries(flags);
  if (entries.length === 0) return null;
  return (
    <details>
      <summary>{tell("flags", url)}</summary>
      <pre>{entries.map(([name, value]) => `-${name}=${value}`).join("\n")}</pre>
    </details>
  );
}
