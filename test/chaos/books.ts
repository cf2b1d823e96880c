/**
 * What must hold after every fault: the report's books balance, and at the target's proxy
 *   arrived = sent + superseded + late + unreported
 * where `sent` is the ledger's, with what was sent and then cut short, which the ledger has as cancelled; `late` came into the
 * log behind its end, up to which the report counts; and `unreported` is what dead workers had sent of slices that they had
 * not reported. Where no worker dies, unreported is 0 to the unit.
 */

import { isBalanced, type LedgerLine } from "../../libs/protocol/ledger.ts";
import type { Report } from "../../libs/protocol/report.ts";
import type { RanResult } from "../../libs/protocol/result.ts";
import type { Outcome } from "./fault.ts";

/** A worker's result as it stands in the log. */
export interface LoggedResult {
  readonly result: RanResult;
  /** Behind the end of the log, so that the report knows nothing of it. */
  readonly isLate: boolean;
}

export interface Counts {
  readonly sent: number;
  readonly superseded: number;
  readonly late: number;
  readonly atProxy: number;
  readonly unreported: number;
}

export function countsOf(report: Report, logged: readonly LoggedResult[], atProxy: number): Counts {
  const cut = report.errors.filter((error) => error.class === "aborted");
  const sent = cut.reduce((sum, { count }) => sum + count, sentOf(report.ledger));
  const { superseded } = report.ledger;
  const late = logged
    .filter(({ isLate }) => isLate)
    .reduce((sum, { result }) => sum + result.cells.reduce((inner, cell) => inner + sentOf(cell), 0), 0);
  return { sent, superseded, late, atProxy, unreported: atProxy - sent - superseded - late };
}

function sentOf({ ok, failed, timed_out }: Pick<LedgerLine, "ok" | "failed" | "timed_out">): number {
  return ok + failed + timed_out;
}

/** Sums in the report that do not come out. */
export function imbalances(report: Report): string[] {
  const { ledger, user_seconds: time } = report;
  const wrong: string[] = [];
  const expect = (holds: boolean, words: string) => {
    if (!holds) wrong.push(words);
  };
  expect(report.ledger_balanced && isBalanced(ledger), "the ledger does not balance");
  for (const query of report.queries) expect(isBalanced(query.ledger), `${query.name} does not balance`);
  for (const state of ["missed", "lost", "cancelled"] as const) {
    const explained = report.reasons
      .filter((reason) => reason.state === state)
      .reduce((sum, { count }) => sum + count, 0);
    expect(explained === ledger[state], `${ledger[state]} ${state}, but reasons for ${explained}`);
  }
  if (time) {
    const idle = Object.values(time.idle_by_reason).reduce((sum, seconds) => sum + seconds, 0);
    expect(Math.abs(time.planned - time.driven - time.idle) < 0.001, "user-seconds do not balance");
    expect(Math.abs(time.idle - idle) < 0.001, "idle user-seconds lack reasons");
  }
  return wrong;
}

/** A slice of the closed model lasts 2 s; its last answers and the way of its result take less than another second. */
const SLICE_MS = 3000;
/** A dead process's connections are closed by its kernel before its end is known, or just after. */
const NOTICE_MS = 500;

/** The most that can have arrived beyond what stands in anybody's books: what was sent twice may have arrived twice. */
export function mostUnreported(outcome: Outcome): number {
  return mostOfTheDead(outcome) + outcome.report.totals.resent;
}

/**
 * The most that dead workers can have sent unreported.
 *
 * Open: past arrivals of a slice that is delivered again are lost, and whatever its dead worker had sent was past: no more
 * than are lost. Closed: only what came within a slice's length before the end, over connections that ended with the dead
 * workers. Count: a slice has no length in time, so whatever came over these connections.
 */
function mostOfTheDead({ scene, report, struckMs }: Outcome): number {
  const { model, proxy, deathsMs } = scene;
  if (model === "open") return report.ledger.lost;
  const sinceMs = model === "closed" ? struckMs - SLICE_MS : 0;
  const untilMs = Math.max(...deathsMs) + NOTICE_MS;
  return proxy.seen.filter(({ atMs, connection }) => {
    const endedMs = proxy.endedMs(connection) ?? 0;
    return atMs > sinceMs && endedMs >= struckMs && endedMs <= untilMs;
  }).length;
}
