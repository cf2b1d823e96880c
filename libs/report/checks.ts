/** A report as a list of checks: each threshold, and what makes its figures worth believing. For JUnit and Markdown. */

import type { Comparison } from "../protocol/comparison.ts";
import type { Report } from "../protocol/report.ts";
import type { ThresholdReport, ThresholdState } from "../protocol/threshold.ts";
import { thresholdFound, thresholdName } from "../protocol/threshold-words.ts";
import { count } from "./words.ts";

export interface Check {
  readonly group: "threshold" | "comparison" | "run";
  readonly name: string;
  readonly state: ThresholdState;
  readonly words: string;
}

export function checksOf(report: Report): Check[] {
  return [
    ...report.thresholds.map((threshold): Check => {
      const { state } = threshold;
      return { group: "threshold", name: thresholdName(threshold), state, words: thresholdNote(threshold) };
    }),
    ...(report.comparison ? [comparisonCheck(report.comparison)] : []),
    ledgerCheck(report),
    generatorCheck(report),
    answersCheck(report),
  ];
}

/** What was found, from where it counts, and whether it ended the run, as one sentence. */
function thresholdNote(threshold: ThresholdReport): string {
  const { latency_from: from, aborted } = threshold;
  const notes = [
    ...(from === "intended start" ? ["from the intended start"] : []),
    ...(aborted ? ["ended the run"] : []),
  ];
  return `${thresholdFound(threshold)}${notes.length > 0 ? ` (${notes.join("; ")})` : ""}`;
}

/** Of a run on two targets. */
function comparisonCheck({ verdict, rows, contender }: Comparison): Check {
  const worse = rows.filter((row) => row.verdict === "worse");
  const named = worse.map(({ query, metric }) => `${query ?? "all queries"} ${metric}`).join(", ");
  const states = { better: "passed", same: "passed", worse: "failed", inconclusive: "unknown" } as const;
  const words = worse.length > 0 ? `${verdict}: ${named}` : verdict;
  return {
    group: "comparison",
    name: `${contender.name} is no worse than the other target`,
    state: states[verdict],
    words,
  };
}

function ledgerCheck({ ledger, ledger_balanced: balanced }: Report): Check {
  const words = `${count(ledger.planned)} planned, ${count(ledger.ok)} ok, ${count(ledger.failed)} failed, ${count(ledger.timed_out)} timed out, ${count(ledger.missed)} missed, ${count(ledger.lost)} lost, ${count(ledger.cancelled)} cancelled`;
  return { group: "run", name: "the ledger balances", state: balanced ? "passed" : "failed", words };
}

function generatorCheck({ generator_faults: faults }: Report): Check {
  const words = faults.length === 0 ? "nothing speaks against it" : faults.join("; ");
  return {
    group: "run",
    name: "the generator kept up",
    state: faults.length === 0 ? "passed" : "failed",
    words,
  };
}

function answersCheck({ ledger }: Report): Check {
  const words = `${count(ledger.ok)} queries were answered well`;
  return { group: "run", name: "the target answered", state: ledger.ok > 0 ? "passed" : "failed", words };
}
