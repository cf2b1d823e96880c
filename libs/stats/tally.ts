/** What a worker counts while it runs a slice: cells by query and second, reasons, errors with samples. */

import {
  emptyCounts,
  type LedgerState,
  type OutcomeClass,
  type Reason,
  type StateCounts,
  stateOf,
} from "../protocol/ledger.ts";
import { type Cell, type ErrorEntry, RESULT_LIMITS, type ReasonEntry } from "../protocol/result.ts";
import { Recorder } from "./recorder.ts";

/** How one query that was sent ended. Times are milliseconds of the run; `intendedMs` only where a start is intended. */
export interface SentQuery {
  readonly query: number;
  readonly intendedMs: number | undefined;
  readonly sentMs: number;
  readonly doneMs: number;
  readonly outcome: OutcomeClass;
  readonly bytes: number;
  readonly rows: number;
  /** What the target says that it took, in milliseconds, where it says so. */
  readonly serverMs?: number | undefined;
  /** Whether it was sent twice, because a server's end of an idle connection had crossed it. */
  readonly resent?: boolean;
  /** Of what was not ok: what tells errors of a class apart, what was said, and what was asked. */
  readonly error?:
    | { readonly detail: string; readonly message: string; readonly request: () => string }
    | undefined;
}

interface MutableCell {
  query: number;
  second: number;
  counts: StateCounts;
  bytes: number;
  rows: number;
  resent: number;
  service: Recorder;
  response: Recorder;
  lag: Recorder;
  failedService: Recorder;
  server: Recorder;
  delivery: Recorder;
}

/** The tally of one attempt of one slice. */
export class Tally {
  private readonly cells = new Map<number, MutableCell>();
  /** Of each query the cell that was used last: most often it is the one that is wanted. */
  private readonly latest: (MutableCell | undefined)[];
  private readonly reasons = new Map<string, ReasonEntry>();
  private readonly errors = new Map<string, ErrorEntry>();
  /** Per query: how many this slice answers for so far. */
  readonly planned: number[];

  private readonly queries: number;

  constructor(queries: number) {
    this.queries = queries;
    this.planned = new Array<number>(queries).fill(0);
    this.latest = new Array<MutableCell | undefined>(queries).fill(undefined);
  }

  /** A query belongs to this slice; it must end in `sent` or `unsent` later on. */
  plan(query: number, count = 1): void {
    this.planned[query] = (this.planned[query] as number) + count;
  }

  sent(sent: SentQuery): void {
    const cell = this.cell(sent.query, sent.intendedMs ?? sent.sentMs);
    cell.counts[stateOf(sent.outcome)]++;
    cell.bytes += sent.bytes;
    cell.rows += sent.rows;
    if (sent.resent) cell.resent++;
    if (sent.intendedMs !== undefined) cell.lag.record(sent.sentMs - sent.intendedMs);
    if (sent.outcome === "ok") {
      cell.service.record(sent.doneMs - sent.sentMs);
      if (sent.serverMs !== undefined) cell.server.record(sent.serverMs);
      if (sent.intendedMs !== undefined) cell.response.record(sent.doneMs - sent.intendedMs);
      return;
    }
    if (sent.outcome === "aborted") this.addReason(sent.query, "cancelled", "stopped");
    else cell.failedService.record(sent.doneMs - sent.sentMs);
    this.addError(sent);
  }

  /** A subscription brought something. Times are milliseconds of the run. */
  delivered(query: number, fromMs: number, deliveredMs: number): void {
    this.cell(query, deliveredMs).delivery.record(deliveredMs - fromMs);
  }

  /** A query that was not sent, or of which nobody knows; `atMs` is when it was due, in milliseconds of the run. */
  unsent(query: number, atMs: number, state: "missed" | "lost" | "cancelled", reason: Reason): void {
    this.cell(query, atMs).counts[state]++;
    this.addReason(query, state, reason);
  }

  toCells(): Cell[] {
    return [...this.cells.values()].map(({ query, second, counts, bytes, rows, resent, ...recorders }) => ({
      query,
      second,
      ...counts,
      bytes,
      rows,
      ...(resent > 0 && { resent }),
      ...optional("service", recorders.service),
      ...optional("response", recorders.response),
      ...optional("lag", recorders.lag),
      ...optional("failed_service", recorders.failedService),
      ...optional("server", recorders.server),
      ...optional("delivery", recorders.delivery),
    }));
  }

  toReasons(): ReasonEntry[] {
    return [...this.reasons.values()];
  }

  toErrors(): ErrorEntry[] {
    return [...this.errors.values()];
  }

  private cell(query: number, atMs: number): MutableCell {
    const second = Math.max(0, Math.floor(atMs / 1000));
    const latest = this.latest[query];
    if (latest?.second === second) return latest;
    const key = second * this.queries + query;
    const cell = this.cells.get(key) ?? emptyCell(query, second);
    this.cells.set(key, cell);
    this.latest[query] = cell;
    return cell;
  }

  private addReason(
    query: number,
    state: Extract<LedgerState, "missed" | "lost" | "cancelled">,
    reason: Reason,
  ): void {
    const key = `${query} ${state} ${reason}`;
    const entry = this.reasons.get(key);
    if (entry) entry.count++;
    else this.reasons.set(key, { query, state, reason, count: 1 });
  }

  /** Counts an error under its class and detail; once there are many kinds, details and samples are left out. */
  private addError(sent: SentQuery): void {
    const roomForMore = this.errors.size < RESULT_LIMITS.errorKinds;
    const detail = roomForMore ? (sent.error?.detail ?? "").slice(0, 100) : "other";
    const key = `${sent.query} ${sent.outcome} ${detail}`;
    let entry = this.errors.get(key);
    if (!entry) {
      const { query, outcome, sentMs } = sent;
      entry = { query, class: outcome, detail, count: 0, first_ms: sentMs, last_ms: sentMs, samples: [] };
      this.errors.set(key, entry);
    }
    entry.count++;
    entry.last_ms = sent.doneMs;
    if (roomForMore && entry.samples.length < RESULT_LIMITS.samples && sent.error) {
      entry.samples.push({
        at_ms: sent.sentMs,
        message: sent.error.message.slice(0, RESULT_LIMITS.messageChars),
        request: sent.error.request().slice(0, RESULT_LIMITS.requestChars),
      });
    }
  }
}

function emptyCell(query: number, second: number): MutableCell {
  return {
    query,
    second,
    counts: emptyCounts(),
    bytes: 0,
    rows: 0,
    resent: 0,
    service: new Recorder(),
    response: new Recorder(),
    lag: new Recorder(),
    failedService: new Recorder(),
    server: new Recorder(),
    delivery: new Recorder(),
  };
}

function optional(name: string, recorder: Recorder): Record<string, string> {
  const text = recorder.encode();
  return text === undefined ? {} : { [name]: text };
}
