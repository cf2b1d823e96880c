/** What was measured of two stores, as a table for a terminal and as a page of Markdown. */

import { DEFAULT_MIN_EFFECT } from "../../libs/compare/rows.ts";
import type { Report } from "../../libs/protocol/report.ts";
import { table } from "../support/table.ts";
import {
  type Comparisons,
  comparisonsOf,
  deliveredPerSecond,
  type Row,
  rowsOf,
  type Store,
  scorecardOf,
  WORKLOADS,
  type Workload,
} from "./rows.ts";

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
  "verdict",
  "seconds",
  "ops/s, or deliveries/s",
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

function cellsOf(report: Report): string[] {
  const { ledger, ledger_balanced: isBalanced, duration_ms: ms, totals, verdict } = report;
  // What users feel; of what has an intended start, from there on.
  const { mean, p50, p95, p99, p99_9 } = totals.response_ms;
  const perSecond = deliveredPerSecond(report) ?? (1000 * ledger.ok) / ms;
  return [
    ...[ledger.planned, ledger.ok, ledger.planned - ledger.ok].map((value) => value.toLocaleString("en")),
    isBalanced ? "balanced" : "NOT BALANCED",
    verdict,
    ...[ms / 1000, perSecond, mean, p50, p95, p99, p99_9].map(shown),
  ];
}

/** What a workload says besides: its mix, its deliveries, its counters. */
export function notesOf({ rounds }: Store): string[] {
  const last = rounds.at(-1) ?? {};
  const { mixed, watch, txn, sustained } = last;
  const notes = WORKLOADS.flatMap((workload) => {
    const { verdict, verdict_reasons: reasons = [] } = last[workload] ?? {};
    return reasons.length === 0 ? [] : [`${workload}: ${verdict}: ${reasons.join("; ")}`];
  });
  if (mixed) {
    const shares = mixed.queries.map(({ name, share_target: wanted, share_actual: got }) => {
      return `${name} ${percent(got)} of ${percent(wanted)}`;
    });
    notes.push(`mixed: actual share of target share: ${shares.join(", ")}`);
  }
  if (sustained) notes.push(...unsentIn(sustained));
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

/** Why operations were not sent, where some were not: only a store that answers leaves places for the next ones. */
function unsentIn({ ledger, reasons, totals }: Report): string[] {
  const found = new Map<string, number>();
  for (const { state, reason, count } of reasons) {
    const kind = `${state}, ${reason.replaceAll("_", " ")}`;
    found.set(kind, (found.get(kind) ?? 0) + count);
  }
  if (found.size === 0) return [];
  const counts = [...found].map(([kind, count]) => `${count.toLocaleString("en")} ${kind}`).join("; ");
  const share = percent(ledger.ok / ledger.planned);
  return [
    `sustained: ${share} of 2,000 ops/s were answered, each after ${shown(totals.service_ms.mean)} ms on the mean; of the others: ${counts}. No free place: the store was slower than the load, and as many operations as the workers may have under way waited for it`,
  ];
}

/** The comparison as Markdown. */
export function comparisonPage(baseline: Store, contender: Store, machine: string): string {
  const comparisons = comparisonsOf(baseline, contender);
  const rows = rowsOf(baseline, contender, comparisons);
  return [
    `# ${contender.name} against ${baseline.name}`,
    "",
    `${baseline.rounds.length === 1 ? "One round" : `${baseline.rounds.length} rounds, in turns`}, the same operations in each. Every workload is a comparison as \`logburst compare\` makes it: a row is better or worse where the whole interval of the difference (95 %), and the noise of the rounds, lie beyond ${DEFAULT_MIN_EFFECT * 100} %; else it is the same as far as these rounds tell. Figures without a scatter within a run (${NO_SCATTER}) are compared by their rounds alone. Machine: ${machine}.`,
    "",
    ...markdown(
      ["", "unit", baseline.name, "spread", contender.name, "spread", "difference", "interval", "verdict"],
      rows.map((row) => [
        row.name,
        row.unit,
        ...sideOf(row.baseline),
        ...sideOf(row.contender),
        ...differenceOf(row),
        row.verdict,
      ]),
    ),
    "",
    ...doubtsOf(comparisons),
    "## Scorecard",
    "",
    `Counted from the rows above: of those that say something, what ${contender.name} does no worse than ${baseline.name}.`,
    "",
    ...markdown(
      ["", "better", "same", "worse", "unknown", "not run", "no worse"],
      scorecardOf(rows).map(({ group, counts, share }) => [
        group,
        ...Object.values(counts).map(String),
        share === null ? "-" : percent(share),
      ]),
    ),
    "",
    ...[baseline, contender].flatMap(lastRoundOf),
  ].join("\n");
}

const NO_SCATTER = "p95, times from the intended start, deliveries, CPU";

/** Why the rows of a workload say nothing, where they do. */
function doubtsOf(comparisons: Comparisons): string[] {
  const doubts = WORKLOADS.flatMap((workload) => {
    const { verdict, verdict_reasons: reasons = [] } = comparisons[workload] ?? {};
    return verdict === "inconclusive" ? reasons.map((reason) => `- ${workload}: ${reason}`) : [];
  });
  if (doubts.length === 0) return [];
  return ["## What cannot be told", "", ...doubts, ""];
}

function lastRoundOf(store: Store): string[] {
  return [
    `## ${store.name}, last round`,
    ...["", "```", tableOf(store), "```", ""],
    ...notesOf(store).map((note) => `- ${note}`),
    "",
  ];
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

/** Of errors it is a share, of everything else it is relative. */
function differenceOf({ judged }: Row): [difference: string, interval: string] {
  if (!judged) return ["-", "-"];
  const signed = (value: number | null) =>
    value === null ? "?" : `${value > 0 ? "+" : ""}${(100 * value).toFixed(1)} %`;
  return [signed(judged.difference), `${signed(judged.low)} to ${signed(judged.high)}`];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function shown(value: number | null | undefined): string {
  if (value === null || value === undefined) return "-";
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(2);
}
