/** What was measured of two stores, as a table for a terminal and as a page of Markdown. */

import type { Report } from "../../libs/protocol/report.ts";
import { table } from "../support/table.ts";
import { LEAST_EFFECT, type Round, type Row, rowsOf, scorecardOf, WORKLOADS, type Workload } from "./rows.ts";

/** A store, and what each round measured of it. */
export interface Store {
  readonly name: string;
  readonly rounds: readonly Round[];
}

/** What MetaStore's report of January 2025 says of its memory engine, as it stands there. */
const PUBLISHED: Readonly<Record<Workload, string>> = {
  large: "921 ops/s, mean 54.24 ms, 56.96 s",
  sustained: "10,361 of 60,000 ops in 32.91 s",
  mixed: "1,300 ops/s",
  watch: "timed out after 20 min",
  txn: "not run",
};

const HEADINGS = [
  "workload",
  "planned",
  "ok",
  "not ok",
  "books",
  "seconds",
  "ops/s",
  "mean ms",
  "p50",
  "p95",
  "p99",
  "p99.9",
  "MetaStore said",
];

/** One store's last round, workload by workload. */
export function tableOf({ rounds }: Store): string {
  const last = rounds.at(-1) ?? {};
  return table(
    HEADINGS,
    WORKLOADS.map((workload) => {
      const report = last[workload];
      return report
        ? [workload, ...cellsOf(report), PUBLISHED[workload]]
        : [workload, ...HEADINGS.slice(2).map(() => "not run"), PUBLISHED[workload]];
    }),
  );
}

function cellsOf({ ledger, ledger_balanced: isBalanced, duration_ms: ms, totals }: Report): string[] {
  // What users feel; of what has an intended start, from there on.
  const { mean, p50, p95, p99, p99_9 } = totals.response_ms;
  return [
    ...[ledger.planned, ledger.ok, ledger.planned - ledger.ok].map((value) => value.toLocaleString("en")),
    isBalanced ? "balanced" : "NOT BALANCED",
    ...[ms / 1000, (1000 * ledger.ok) / ms, mean, p50, p95, p99, p99_9].map(shown),
  ];
}

/** What a workload says besides: its mix, its deliveries, its counters. */
export function notesOf({ rounds }: Store): string[] {
  const { mixed, watch, txn, sustained } = rounds.at(-1) ?? {};
  const notes: string[] = [];
  if (mixed) {
    const shares = mixed.queries.map(({ name, share_target: wanted, share_actual: got }) => {
      return `${name} ${percent(got)} of ${percent(wanted)}`;
    });
    notes.push(`mixed: actual share of target share: ${shares.join(", ")}`);
  }
  if (sustained)
    notes.push(
      `sustained: ${shown(sustained.ledger.missed)} of ${shown(sustained.ledger.planned)} were never sent, for want of a free place in time`,
    );
  if (watch) {
    const { delivery_ms: delivery, rows } = watch.totals;
    notes.push(
      `watch: ${rows.toLocaleString("en")} events delivered, each watcher's checked for number, order and gaps; put to delivery p50 ${shown(delivery?.p50)} ms, p95 ${shown(delivery?.p95)}, p99 ${shown(delivery?.p99)}, max ${shown(delivery?.max)}`,
    );
  }
  for (const check of txn?.aftercare?.checks ?? []) {
    const conflicts = (txn?.totals.rows ?? 0) - (txn?.ledger.ok ?? 0);
    notes.push(
      `txn: counters add up to ${check.counted.toLocaleString("en")}, ${check.least.toLocaleString("en")} transactions were answered well (${check.holds ? "they agree" : "THEY DO NOT AGREE"}); ${conflicts.toLocaleString("en")} conflicts were tried again`,
    );
  }
  return notes;
}

/** The comparison as Markdown. */
export function comparisonPage(baseline: Store, contender: Store, machine: string): string {
  const rows = rowsOf(baseline.rounds, contender.rounds);
  return [
    `# ${contender.name} against ${baseline.name}`,
    "",
    `${baseline.rounds.length} rounds, in turns. A row is better or worse where the whole interval of the difference, by the scatter of the rounds (95 %), lies beyond ${LEAST_EFFECT * 100} %; else it is the same as far as these rounds tell. Machine: ${machine}.`,
    "",
    ...markdown(
      ["", "unit", baseline.name, "spread", contender.name, "spread", "difference", "verdict"],
      rows.map((row) => [
        row.name,
        row.unit,
        ...sideOf(row.baseline),
        ...sideOf(row.contender),
        differenceOf(row),
        row.verdict,
      ]),
    ),
    "",
    "## Scorecard",
    "",
    `Counted from the rows above: what ${contender.name} does no worse than ${baseline.name}.`,
    "",
    ...markdown(
      ["", "better", "same", "worse", "not run", "no worse"],
      scorecardOf(rows).map(({ group, counts, share }) => [
        group,
        ...[counts.better, counts.same, counts.worse, counts["not run"]].map(String),
        share === null ? "-" : percent(share),
      ]),
    ),
    "",
    ...[baseline, contender].flatMap((store) => [
      `## ${store.name}, last round`,
      "",
      "```",
      tableOf(store),
      "```",
      "",
      ...notesOf(store).map((note) => `- ${note}`),
      "",
    ]),
  ].join("\n");
}

function markdown(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(headings), line(headings.map((_, at) => (at === 0 ? "---" : "---:"))), ...rows.map(line)];
}

function sideOf(values: readonly number[]): string[] {
  if (values.length === 0) return ["not run", ""];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return [shown(mean), `${shown(Math.min(...values))} to ${shown(Math.max(...values))}`];
}

function differenceOf({ difference }: Row): string {
  return difference === null ? "-" : `${difference > 0 ? "+" : ""}${(100 * difference).toFixed(1)} %`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function shown(value: number | null | undefined): string {
  if (value === null || value === undefined) return "-";
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(2);
}
