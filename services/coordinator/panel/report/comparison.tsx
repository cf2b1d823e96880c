/** Two sides side by side: the verdict, in what they differ, and each difference with its interval and the band of noise; what differs first. */

import type { Comparison, ComparisonRow } from "../../../../libs/protocol/comparison.ts";
import {
  cellsOf,
  groundsOf,
  HEADINGS,
  tellingRows,
  unlikeText,
} from "../../../../libs/report/comparison/words.ts";
import { Table } from "../frame/table.tsx";
import { Section } from "./section.tsx";
import { tell, tellName } from "./words/words.ts";

const BADGES: Readonly<Record<Comparison["verdict"], string>> = {
  better: "passed",
  same: "plain",
  worse: "failed",
  inconclusive: "inconclusive",
};

/** The first columns are names. */
const TEXT_COLUMNS = 2;

interface ComparisonProps {
  readonly comparison: Comparison;
  readonly id?: string;
  /** The contender's name stands in the heading: there are several. */
  readonly isOneOfMany?: boolean;
}

export function ComparisonSection({ comparison, id = "comparison", isOneOfMany }: ComparisonProps) {
  const { verdict, verdict_reasons: reasons, baseline, contender, unlike, rows } = comparison;
  const telling = tellingRows(comparison);
  const others = rows.filter((row) => !telling.includes(row));
  return (
    <Section id={id} title="comparison" of={isOneOfMany ? contender.name : undefined}>
      <p>
        {tell("against", { contender: contender.name, baseline: baseline.name })}{" "}
        <strong class={`badge ${BADGES[verdict]}`}>{tell(`is_${verdict}`)}</strong>
      </p>
      {reasons.length > 0 && (
        <ul class="why">
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      <Rows comparison={comparison} rows={telling} />
      {others.length > 0 && (
        <details>
          <summary>{tell("no_difference", String(others.length))}</summary>
          <Rows comparison={comparison} rows={others} />
        </details>
      )}
      <p class="muted">
        {groundsOf(comparison)}. {unlike.map((entry) => `${unlikeText(entry)}. `)}
        {tell("band_note")}
      </p>
    </Section>
  );
}

interface RowsProps {
  readonly comparison: Comparison;
  readonly rows: readonly ComparisonRow[];
}

function Rows({ comparison, rows }: RowsProps) {
  const most = widestOf(comparison);
  return (
    <Table
      label={tell("comparison")}
      columns={[
        ...HEADINGS.slice(0, -1).map((head, at) => ({
          key: head,
          head: tellName("heading_", head),
          ...(at > 0 && at < TEXT_COLUMNS && { kind: "text" as const }),
          cell: (row: ComparisonRow) => textOf(row, at),
        })),
        {
          key: "drawn",
          head: "",
          kind: "text",
          cell: (row) => <Interval row={row} comparison={comparison} most={most} />,
        },
        { key: "verdict", head: tell("heading_verdict"), kind: "text", cell: RowVerdict },
      ]}
      rows={rows}
      keyOf={({ query, metric }) => `${query ?? ""} ${metric}`}
      empty={tell("nothing_compared")}
    />
  );
}

function textOf(row: ComparisonRow, column: number): string {
  if (column === 0 && row.query === null) return tell("compared_all");
  return cellsOf(row, (name) => name)[column] ?? "";
}

function RowVerdict({ verdict }: ComparisonRow) {
  const word = tell(`is_${verdict}`);
  if (verdict === "better") return <span class="badge passed">{word}</span>;
  return verdict === "worse" ? <strong class="badge failed">{word}</strong> : word;
}

/** The band within which a difference is noise, or too small to matter. */
function bandOf({ metric, noise }: ComparisonRow, { min_effect, min_error_effect }: Comparison): number {
  return Math.max(noise ?? 0, metric === "error_rate" ? min_error_effect : min_effect);
}

/** One scale for all rows; an interval that is wider ends at its edge. */
function widestOf(comparison: Comparison): number {
  const ends = comparison.rows
    .filter(({ verdict }) => verdict !== "unknown")
    .flatMap((row) => [Math.abs(row.difference) * 1.5, bandOf(row, comparison) * 2]);
  return Math.max(0.01, ...ends);
}

const HALF = 80;
const HEIGHT = 14;

interface IntervalProps {
  readonly row: ComparisonRow;
  readonly comparison: Comparison;
  readonly most: number;
}

function Interval({ row, comparison, most }: IntervalProps) {
  if (row.verdict === "unknown") return null;
  const at = (value: number) => Math.round((HALF + Math.max(-1, Math.min(1, value / most)) * HALF) * 10) / 10;
  const band = bandOf(row, comparison);
  const look = { better: "--ok", worse: "--failed", same: "--muted" }[row.verdict];
  const [from, to] = [at(row.low ?? -most), at(row.high ?? most)];
  return (
    <svg class="interval" viewBox={`0 0 ${2 * HALF} ${HEIGHT}`} aria-hidden="true">
      <rect x={at(-band)} y="0" width={at(band) - at(-band)} height={HEIGHT} fill="var(--rule)" />
      <path d={`M${HALF} 0V${HEIGHT}`} stroke="var(--muted)" />
      <path d={`M${from} ${HEIGHT / 2}H${to}`} stroke={`var(${look})`} stroke-width="2" />
      <circle cx={at(row.difference)} cy={HEIGHT / 2} r="3.5" fill={`var(${look})`} />
    </svg>
  );
}
