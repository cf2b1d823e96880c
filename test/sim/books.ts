/** The books of a run kept a second time, as simply as can be: the first result of a slice settles it, all others are extra. */

import { isReading } from "../../libs/fold/verdict/standing.ts";
import { revise, unrevised, whyNotChanged } from "../../libs/load/changes.ts";
import { whyNotCredible } from "../../libs/load/credible.ts";
import {
  boundsOf,
  type Plan,
  plannedInSlice,
  plannedPerQuery,
  revisionOfSlice,
} from "../../libs/load/plan.ts";
import { type Change, FIRST_REVISION } from "../../libs/protocol/change.ts";
import { emptyCounts, LEDGER_STATES, type LedgerLine, type StateCounts } from "../../libs/protocol/ledger.ts";
import type { LogEntry, RanResult, VerdictResult } from "../../libs/protocol/result.ts";

type Entry = Extract<LogEntry, { kind: "ran" | "verdict" }>;

/** What became of an entry of the log; `passed`: a leader's mark, or behind the end. */
export type Booked = "settled" | "superseded" | "refused" | "passed";

interface QueryBooks {
  planned: number;
  readonly states: StateCounts;
  superseded: number;
}

export interface Books {
  /** @returns what became of it, and why it was refused where it was not worth believing */
  add(entry: LogEntry): { booked: Booked; why: string | undefined };
  line(query: number): LedgerLine;
  /** As the run is planned now. */
  plan(): Plan;
  isSettled(lane: number, window: number): boolean;
  slicesSettled(): number;
  /** What the coordinator's word settled, of all queries: no cell, and so no second of the run, has it. */
  byVerdict(): StateCounts;
}

export function createBooks(first: Plan): Books {
  const plans = new Map<number, Plan>([[FIRST_REVISION, first]]);
  let revised = unrevised(first);
  let plan = first;
  /** When, in the run, what is settled began, and in the closed model ended. */
  const settledMs: number[] = [];
  const whole = plannedPerQuery(plan);
  const books: QueryBooks[] = Array.from({ length: plan.queries }, (_, query) => ({
    planned: whole?.[query] ?? 0,
    states: emptyCounts(),
    superseded: 0,
  }));
  const settled = new Set<string>();
  /** The highest window of each lane that is settled: in the closed model a lane never goes back. */
  const latest = new Map<number, number>();
  const byVerdict = emptyCounts();
  let fence = 0;
  let isOver = false;

  function isSettled(lane: number, window: number): boolean {
    if (plan.model === "closed") return window <= (latest.get(lane) ?? -1);
    return settled.has(`${lane}.${window}`);
  }

  /** A change holds unless something is settled that it would change. */
  function change(next: Change): void {
    if (settledMs.some((ms) => ms >= next.at_ms) || whyNotChanged(revised, next)) return;
    revised = revise(revised, next);
    plan = revised.plan;
    plans.set(next.revision, plan);
    plannedPerQuery(plan)?.forEach((planned, query) => {
      (books[query] as QueryBooks).planned = planned;
    });
  }

  function noteTimes(entry: Entry): void {
    if (plan.model === "count") return;
    settledMs.push(boundsOf(plan, entry.lane, entry.window).startMs);
    if (plan.model === "closed" && entry.kind === "ran") settledMs.push(entry.ended_ms);
  }

  function bookRan(result: RanResult): void {
    for (const cell of result.cells) {
      const { states } = books[cell.query] as QueryBooks;
      for (const state of LEDGER_STATES) states[state] += cell[state];
    }
    if (plan.model !== "closed") return;
    result.planned.forEach((count, query) => {
      (books[query] as QueryBooks).planned += count;
    });
  }

  function bookVerdict({ lane, window, state }: VerdictResult): void {
    if (plan.model === "closed") return;
    plannedInSlice(plan, lane, window).forEach((count, query) => {
      (books[query] as QueryBooks).states[state] += count;
      byVerdict[state] += count;
    });
  }

  function bookExtra(entry: Entry): void {
    if (entry.kind !== "ran") return;
    for (const cell of entry.cells)
      (books[cell.query] as QueryBooks).superseded += cell.ok + cell.failed + cell.timed_out;
  }

  function bookResult(entry: Entry): { booked: Booked; why: string | undefined } {
    const { revision = FIRST_REVISION } = entry;
    const of = plan.model === "open" ? plans.get(revision) : plan;
    const why = of ? whyNotCredible(of, entry) : "revision";
    if (why) return { booked: "refused", why };
    if (plan.model === "open" && revisionOfSlice(plan, entry.lane, entry.window) !== revision) {
      bookExtra(entry);
      return { booked: "superseded", why: undefined };
    }
    noteTimes(entry);
    if (isSettled(entry.lane, entry.window)) {
      bookExtra(entry);
      return { booked: "superseded", why: undefined };
    }
    settled.add(`${entry.lane}.${entry.window}`);
    latest.set(entry.lane, Math.max(entry.window, latest.get(entry.lane) ?? -1));
    if (entry.kind === "ran") bookRan(entry);
    else bookVerdict(entry);
    return { booked: "settled", why: undefined };
  }

  return {
    add(entry) {
      if (entry.kind === "fence") {
        fence = Math.max(fence, entry.epoch);
        return { booked: "passed", why: undefined };
      }
      if (isOver || isReading(entry)) return { booked: "passed", why: undefined };
      if (entry.kind !== "ran" && entry.epoch < fence) return { booked: "refused", why: undefined };
      if (entry.kind === "end") {
        isOver = true;
        return { booked: "passed", why: undefined };
      }
      if (entry.kind === "changed") {
        change(entry.change);
        return { booked: "passed", why: undefined };
      }
      return bookResult(entry);
    },
    line(query) {
      const { planned, states, superseded } = books[query] as QueryBooks;
      return { planned, ...states, superseded };
    },
    plan: () => plan,
    isSettled,
    slicesSettled: () => settled.size,
    byVerdict: () => byVerdict,
  };
}
