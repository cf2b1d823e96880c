/** What the target was found to hold after the last query, against the books: an answer that left nothing behind was none. */

import { z } from "zod";
import { AftercareEntry } from "../protocol/aftercare.ts";
import type { LedgerLine } from "../protocol/ledger.ts";
import type { Aftercare as AftercareReport } from "../protocol/report.ts";

export const AftercareSnapshot = z.object({
  counted: AftercareEntry.shape.counted.unwrap().optional(),
  cleaned: AftercareEntry.shape.cleaned,
  failure: z.string().optional(),
});
export type AftercareSnapshot = z.infer<typeof AftercareSnapshot>;

/** What the report knows of the queries. */
export interface AftercareBooks {
  readonly lineOf: (query: number) => LedgerLine;
  readonly nameOf: (query: number) => string;
  /** Whether the plan says what a dead worker can have sent: users of the closed model ask as often as they can. */
  readonly isBounded: boolean;
}

export interface Aftercare {
  add(entry: AftercareEntry): void;
  /** @returns undefined where nothing was looked at */
  report(books: AftercareBooks): AftercareReport | undefined;
  toSnapshot(): AftercareSnapshot;
}

export function createAftercare(snapshot: AftercareSnapshot = {}): Aftercare {
  let { counted, cleaned, failure } = snapshot;

  return {
    add(entry) {
      // A leader that takes over counts again, and what was cleaned by then is gone.
      if (entry.counted.length > 0) counted ??= entry.counted;
      if (entry.cleaned) {
        cleaned = { removed: (cleaned?.removed ?? 0) + entry.cleaned.removed, left: entry.cleaned.left };
      }
      failure = entry.failure;
    },
    report({ lineOf, nameOf, isBounded }) {
      if (!counted && !cleaned && failure === undefined) return undefined;
      const checks = (counted ?? []).map(({ query, operations }) => {
        const { ok, failed, timed_out, lost, cancelled, superseded } = lineOf(query);
        const ended = ok + failed + timed_out + lost + cancelled + superseded;
        const most = isBounded ? ended : Math.max(ended, operations);
        const holds = operations >= ok && operations <= most;
        return { query: nameOf(query), counted: operations, least: ok, most, holds };
      });
      return { checks, cleaned: cleaned ?? null, failure: failure ?? null };
    },
    toSnapshot: () => ({ counted, cleaned, failure }),
  };
}

/** In what the target does not hold what was answered, in words. */
export function untrueIn(report: AftercareReport | undefined): string[] {
  if (!report) return [];
  const wrong = report.checks
    .filter(({ holds }) => !holds)
    .map(
      ({ query, counted, least, most }) =>
        `the target holds ${counted} operations of ${query}; it must hold ${least === most ? least : `${least} to ${most}`}`,
    );
  const { cleaned, failure } = report;
  const left = cleaned && cleaned.left > 0 ? [`${cleaned.left} keys of the run are left at the target`] : [];
  return [
    ...wrong,
    ...left,
    ...(failure === null ? [] : [`what the run left could not be seen to: ${failure}`]),
  ];
}
