/** Every query that was really sent, by the process that sent it: what results tell, the dead left untold, and who was at work at once. */

import { type Plan, usersInLane } from "../../libs/load/plan.ts";
import type { RanResult } from "../../libs/protocol/result.ts";
import type { SimProcess } from "./process.ts";
import type { Sent } from "./target.ts";

interface Account {
  readonly process: SimProcess;
  sent: number;
  /** Told by results that are in the log. */
  told: number;
  inFlight: number;
  ids: Set<string>;
  oldIds: Set<string>;
}

/** A target's address stands for a config: its plan, and how many runs were made of it. */
export interface Demand {
  readonly plan: Plan;
  readonly runs: number;
}

export interface SentBooks {
  /** @returns what is wrong with it, if anything is */
  sent(sent: Sent, demand: Demand, limits: { maxInFlight: number; disturbances: number }): string | undefined;
  ended(sent: Sent): void;
  /** What was in flight from a process that is gone ends. */
  died(process: SimProcess): void;
  /** @param id its message's: where the broker has forgotten it a result may be stored twice, and tells the same */
  told(process: SimProcess, id: string, result: RanResult): void;
  /** Forgets the ids of results that were told before the last time this was asked for. */
  forgetOldIds(): void;
  /** Sent and not told by a process. */
  untold(process: SimProcess): number;
  totals(): { sent: number; told: number; untoldByDead: number };
}

export function createSentBooks(): SentBooks {
  const accounts = new Map<SimProcess, Account>();
  /** In flight per config and lane, by process. */
  const flying = new Map<string, Map<SimProcess, number>>();

  function accountOf(process: SimProcess): Account {
    let account = accounts.get(process);
    if (!account) {
      account = { process, sent: 0, told: 0, inFlight: 0, ids: new Set(), oldIds: new Set() };
      accounts.set(process, account);
    }
    return account;
  }

  function move({ url, lane, process }: Sent, by: number): number {
    const key = `${url} ${lane}`;
    const counts = flying.get(key) ?? new Map<SimProcess, number>();
    flying.set(key, counts);
    counts.set(process, (counts.get(process) ?? 0) + by);
    accountOf(process).inFlight += by;
    let inLane = 0;
    for (const count of counts.values()) inLane += count;
    return inLane;
  }

  return {
    sent(sent, { plan, runs }, { maxInFlight, disturbances }) {
      const account = accountOf(sent.process);
      account.sent++;
      const inLane = move(sent, 1);
      if (plan.model === "open") {
        return account.inFlight > maxInFlight
          ? `${account.inFlight} queries are in flight at ${sent.process.name}, which may have ${maxInFlight}`
          : undefined;
      }
      const most = usersInLane(plan, sent.lane) * runs * (1 + disturbances);
      return inLane > most
        ? `${inLane} queries are in flight in lane ${sent.lane}, which may have ${most}`
        : undefined;
    },
    ended: (sent) => {
      move(sent, -1);
    },
    died(process) {
      for (const counts of flying.values()) counts.delete(process);
      accountOf(process).inFlight = 0;
    },
    told(process, id, { cells, errors }) {
      const account = accountOf(process);
      if (account.ids.has(id) || account.oldIds.has(id)) return;
      account.ids.add(id);
      for (const cell of cells) account.told += cell.ok + cell.failed + cell.timed_out;
      // A query that was sent and cut short stands in the books as cancelled, and among the errors as aborted.
      for (const error of errors) if (error.class === "aborted") account.told += error.count;
    },
    forgetOldIds() {
      for (const account of accounts.values()) {
        account.oldIds = account.ids;
        account.ids = new Set();
      }
    },
    untold(process) {
      const { sent, told } = accountOf(process);
      return sent - told;
    },
    totals() {
      const totals = { sent: 0, told: 0, untoldByDead: 0 };
      for (const { process, sent, told } of accounts.values()) {
        totals.sent += sent;
        totals.told += told;
        if (!process.isAlive()) totals.untoldByDead += sent - told;
      }
      return totals;
    },
  };
}
