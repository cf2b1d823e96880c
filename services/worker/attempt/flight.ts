/**
 * A query under way. An attempt makes as many of these as it has queries in flight at a time, and each serves one query after
 * the other, so that a query allocates little.
 */

import type { Delivered, Outcome, PreparedQuery } from "../../../libs/engines/engine.ts";
import type { OutcomeClass } from "../../../libs/protocol/ledger.ts";
import type { SentQuery, Tally } from "../../../libs/stats/tally.ts";

/** Hears the time, in milliseconds of the run, at which a query ended. */
export type Ended = (atMs: number) => void;

export class Flight implements SentQuery {
  query = 0;
  intendedMs: number | undefined;
  sentMs = 0;
  doneMs = 0;
  outcome: OutcomeClass = "ok";
  bytes = 0;
  rows = 0;
  serverMs: number | undefined = undefined;
  resent = false;
  error: SentQuery["error"];
  /** Who hears of the end once it is counted. */
  ended: Ended = () => undefined;
  /** What the engine calls. */
  readonly done: (outcome: Outcome) => void;
  /** What the engine calls for what a subscription brings. */
  readonly delivered: Delivered;
  private toRunMs = 0;
  private prepared: PreparedQuery | undefined;

  /**
   * @param land called when the query has ended, with its local time
   * @param tally where deliveries are counted
   */
  constructor(land: (flight: Flight, localMs: number) => void, tally: Pick<Tally, "delivered">) {
    this.done = (outcome) => {
      this.take(outcome);
      land(this, outcome.doneMs);
    };
    this.delivered = (sentMs, deliveredMs) =>
      tally.delivered(this.query, sentMs + this.toRunMs, deliveredMs + this.toRunMs);
  }

  /** @param toRunMs what is added to the engine's times, which are this machine's, to have those of the run */
  begin(
    query: number,
    intendedMs: number | undefined,
    toRunMs: number,
    prepared: PreparedQuery,
    ended: Ended,
  ): void {
    this.query = query;
    this.intendedMs = intendedMs;
    this.toRunMs = toRunMs;
    this.prepared = prepared;
    this.ended = ended;
  }

  private take(outcome: Outcome): void {
    this.sentMs = outcome.sentMs + this.toRunMs;
    this.doneMs = outcome.doneMs + this.toRunMs;
    this.outcome = outcome.outcome;
    this.bytes = outcome.bytes;
    this.rows = outcome.rows;
    this.serverMs = outcome.serverMs;
    this.resent = outcome.resent === true;
    this.error = outcome.outcome === "ok" ? undefined : errorOf(outcome, this.prepared);
  }
}

function errorOf({ detail, message }: Outcome, prepared: PreparedQuery | undefined): SentQuery["error"] {
  return { detail, message, request: () => prepared?.describe() ?? "" };
}
