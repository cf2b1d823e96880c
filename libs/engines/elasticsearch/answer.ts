/** What an answer of Elasticsearch or OpenSearch says of itself: a status of 200 may stand over one that is late or not whole. */

import type { BodyScan } from "../http/body.ts";
import type { Classified } from "../http/classify.ts";
import { type JsonAnswer, scanJson } from "../http/json-scan.ts";

/** A hit stands at hits.hits[], a bucket at aggregations.<name>.buckets[]; in an answer to several searches two further down. */
const SEARCH_DEPTH = 4;
const SEVERAL_DEPTH = 6;
/** Rows of a table stand below a key of its own. */
const TABLE_DEPTH = 2;

const SEARCH_FAILED = "one of the searches failed";
const ERROR = "error";

export function scanSearch(): BodyScan {
  return scanJson(SEARCH_DEPTH, new SearchAnswer(0));
}

/** Of several searches at once: one that failed makes the answer a failed one. */
export function scanSeveral(): BodyScan {
  return scanJson(SEVERAL_DEPTH, new SearchAnswer(2));
}

/** @param rows the key of the table's rows */
export function scanTable(rows: string): BodyScan {
  return scanJson(TABLE_DEPTH, new TableAnswer(rows));
}

class SearchAnswer implements JsonAnswer {
  private hits = 0;
  private buckets = 0;
  private tookMs: number | undefined;
  private why: Classified | undefined;
  private readonly skipped: number;

  /** @param skipped keys before those of a search */
  constructor(skipped: number) {
    this.skipped = skipped;
  }

  reset = (): void => {
    this.hits = 0;
    this.buckets = 0;
    this.tookMs = undefined;
    this.why = undefined;
  };

  value(path: readonly string[], text: string): void {
    if (path.length === 1 && path[0] === "took") this.tookMs = Number(text);
    if (!this.isOfSearch(path)) return;
    const [first, second] = path.slice(this.skipped);
    const length = path.length - this.skipped;
    if (length === 1 && first === "timed_out" && text === "true")
      this.blame("timed out", "the search ran out of time, and its answer is not whole");
    else if (length === 2 && first === "_shards" && second === "failed" && Number(text) > 0)
      this.blame("shards failed", `${text} shards failed`);
    else if (this.skipped > 0 && length === 1 && first === "status" && Number(text) >= 400)
      this.blame(`status ${text}`, SEARCH_FAILED);
    else if (this.skipped > 0 && length === 2 && first === "error" && second === "type") this.nameError(text);
  }

  begin(path: readonly string[]): void {
    if (!this.isOfSearch(path)) return;
    const [first, second, third, fourth] = path.slice(this.skipped);
    const length = path.length - this.skipped;
    if (length === 3 && first === "hits" && second === "hits") this.hits++;
    else if (length === 4 && first === "aggregations" && third === "buckets" && fourth !== undefined)
      this.buckets++;
    else if (this.skipped > 0 && length === 1 && first === "error") this.blame(ERROR, SEARCH_FAILED);
  }

  private isOfSearch(path: readonly string[]): boolean {
    return path.length > this.skipped && (this.skipped === 0 || path[0] === "responses");
  }

  /** What was found first stands. */
  private blame(detail: string, message: string): void {
    this.why ??= { outcome: "expect", detail, message };
  }

  /** The kind of the error that was found first, which stands within it. */
  private nameError(kind: string): void {
    if (this.why?.detail === ERROR) this.why = { ...this.why, detail: `${ERROR} ${kind}` };
  }

  rows = (): number => (this.hits > 0 ? this.hits : this.buckets);
  fault = (): Classified | undefined => this.why;
  serverMs = (): number | undefined => this.tookMs;
}

class TableAnswer implements JsonAnswer {
  private found = 0;
  private tookMs: number | undefined;
  private isPartial = false;
  private readonly key: string;

  constructor(key: string) {
    this.key = key;
  }

  reset = (): void => {
    this.found = 0;
    this.tookMs = undefined;
    this.isPartial = false;
  };

  value(path: readonly string[], text: string): void {
    if (path.length !== 1) return;
    if (path[0] === "took") this.tookMs = Number(text);
    else if (path[0] === "is_partial") this.isPartial = text === "true";
  }

  begin(path: readonly string[]): void {
    if (path.length === 2 && path[0] === this.key) this.found++;
  }

  rows = (): number => this.found;
  fault = (): Classified | undefined =>
    this.isPartial
      ? { outcome: "expect", detail: "partial answer", message: "the answer is partial" }
      : undefined;
  serverMs = (): number | undefined => this.tookMs;
}
