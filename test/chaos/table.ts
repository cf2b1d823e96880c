/** The chaos suite's table: one line for each fault and model, as it ends. */

import type { LedgerLine } from "../../libs/protocol/ledger.ts";
import type { Counts } from "./books.ts";
import type { Model } from "./fault.ts";

export interface Row {
  readonly fault: string;
  readonly model: Model;
  readonly seed: number;
  /** When in the run it struck; undefined before its start. */
  readonly atMs: number | undefined;
  /** undefined: the load did not come back before the run's end. */
  readonly recoveryMs: number | undefined;
  readonly ledger: LedgerLine | undefined;
  readonly counts: Counts | undefined;
  readonly mostUnreported: number;
  /** Why the row is wrong; none when everything holds. */
  readonly complaints: readonly string[];
}

const COLUMNS = [
  ["fault", 31],
  ["model", 7],
  ["at", 6],
  ["back", 7],
  ["planned", 8],
  ["ok", 6],
  ["failed", 7],
  ["t/out", 6],
  ["missed", 7],
  ["lost", 6],
  ["canc.", 6],
  ["superseded", 11],
  ["proxy = sent + sup. + late + unrep.", 37],
  ["balanced", 8],
] as const;

export function header(): string {
  return line(COLUMNS.map(([name]) => name));
}

export function lineOf(row: Row): string {
  const { ledger, counts } = row;
  const number = (value: number | undefined) => (value === undefined ? "-" : String(value));
  const identity =
    counts &&
    `${counts.atProxy} = ${counts.sent} + ${counts.superseded} + ${counts.late} + ${counts.unreported} (<= ${row.mostUnreported})`;
  return line([
    row.fault,
    row.model,
    seconds(row.atMs),
    row.recoveryMs === undefined ? "never" : seconds(row.recoveryMs),
    number(ledger?.planned),
    number(ledger?.ok),
    number(ledger?.failed),
    number(ledger?.timed_out),
    number(ledger?.missed),
    number(ledger?.lost),
    number(ledger?.cancelled),
    number(ledger?.superseded),
    identity ?? "-",
    row.complaints.length === 0 ? "yes" : "NO",
  ]);
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? "-" : `${(ms / 1000).toFixed(1)} s`;
}

function line(cells: readonly string[]): string {
  return cells.map((cell, index) => cell.padEnd(COLUMNS[index]?.[1] ?? 0)).join(" ");
}
