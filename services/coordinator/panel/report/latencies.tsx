/** How long the queries of a run took, all together, and what they brought. */

import type { Latency, Report } from "../../../../libs/protocol/report.ts";
import { bytes, count, durationText, milliseconds, rate } from "../../../../libs/report/words.ts";
import { type Column, Table } from "../frame/table.tsx";
import { nameOf, PERCENTILES, Percentile } from "./percentile.tsx";
import { Section } from "./section.tsx";
import { type ReportWord, tell } from "./words/words.ts";

interface Row {
  readonly kind: "service" | "response" | "lag" | "given_up";
  readonly latency: Latency;
}

export function Latencies({ report }: { report: Report }) {
  const { totals } = report;
  return (
    <Section id="latencies" title="summary">
      <Table
        label={tell("summary")}
        columns={COLUMNS()}
        rows={rowsOf(report)}
        keyOf={({ kind }) => kind}
        empty=""
      />
      <p class="muted">
        {tell("brought", {
          rate: rate(totals.completed_per_s),
          length: durationText(report.duration_ms),
          bytes: bytes(totals.bytes),
          rows: count(totals.rows),
        })}{" "}
        {totals.resent > 0 && `${tell("resent", count(totals.resent))} `}
        {tell("dash_note")}
      </p>
    </Section>
  );
}

/** Only where starts are intended does response time tell more than service time. */
function rowsOf({ totals }: Report): Row[] {
  const hasIntended = totals.schedule_lag_ms.count > 0;
  return [
    ...(hasIntended ? [{ kind: "response" as const, latency: totals.response_ms }] : []),
    { kind: "service", latency: totals.service_ms },
    ...(hasIntended ? [{ kind: "lag" as const, latency: totals.schedule_lag_ms }] : []),
    ...(totals.failed_service_ms.count > 0
      ? [{ kind: "given_up" as const, latency: totals.failed_service_ms }]
      : []),
  ];
}

const COLUMNS = (): Column<Row>[] => [
  {
    key: "kind",
    head: tell("latency"),
    cell: ({ kind }) => (
      <>
        {tell(kind)}
        <small>{tell(`${kind}_hint` satisfies ReportWord)}</small>
      </>
    ),
  },
  ...PERCENTILES.map((name) => ({
    key: name,
    head: nameOf(name),
    cell: ({ latency }: Row) => <Percentile latency={latency} name={name} />,
  })),
  { key: "mean", head: tell("mean"), cell: ({ latency }) => milliseconds(latency.mean) },
  { key: "values", head: tell("values"), cell: ({ latency }) => count(latency.count) },
];
