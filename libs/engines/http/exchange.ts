/**
 * One connection's request and its answer, whatever carries them: when it was sent, what came, how it ended. A connection
 * has one request at a time, and this object serves all of them in turn, so that a request allocates little.
 */

import type { Now, Outcome } from "../engine.ts";
import type { BodyScan } from "./body.ts";
import {
  type Classified,
  classifyError,
  classifyStatus,
  codeOf,
  GONE_CODES,
  NOT_WHOLE,
  OK,
} from "./classify.ts";
import { judgeAnswer } from "./expect.ts";
import type { HttpRequest } from "./request.ts";
import { wordsOf } from "./tls-words.ts";

/** How much of a bad answer is kept to show. */
export const SHOWN_BODY_BYTES = 400;
export const CONNECT_TIMEOUT_MS = 10_000;
/** A connection that was idle for so long is not used again: the server may be about to close it, which looks like a reset. */
export const KEEP_ALIVE_MS = 30_000;

/**
 * A server that ends an idle connection and a request that is on its way meet within this: what breaks off later had been
 * taken up by the server, and asking again would hide it.
 */
const CROSSING_LIMIT_MS = 1000;

const TIMED_OUT: Classified = { outcome: "timeout", detail: "client timeout" };
const STOPPED: Classified = { outcome: "aborted", detail: "stopped" };
const NOTHING_SHOWN: readonly Buffer[] = [];

type EndedBy = "nobody" | "timeout" | "enough" | "abort";

export abstract class Exchange implements Outcome {
  outcome: Outcome["outcome"] = "ok";
  sentMs = 0;
  doneMs = 0;
  bytes = 0;
  rows = 0;
  serverMs: number | undefined = undefined;
  detail = "";
  message = "";
  /** It was sent a second time, over a fresh connection: the one before had been used, and ended without a word. */
  resent = false;
  protected readonly now: Now;
  /** The request that is under way. */
  protected request: HttpRequest | undefined;
  /** The connection has brought an answer before. */
  protected isUsed = false;
  /** Something has come since the request was sent. */
  protected isHeard = false;
  private done: (outcome: Outcome) => void = () => undefined;
  /** Serves as long as requests ask for the same kind. */
  private scan: BodyScan | undefined;
  private scanOf: HttpRequest["scan"] | undefined;
  private status = 0;
  /** Answers with this status have a body that is looked at. */
  private goodStatus = 200;
  private sent = false;
  private endedBy: EndedBy = "nobody";
  private shown: readonly Buffer[] = NOTHING_SHOWN;
  private shownBytes = 0;
  private readonly release: (exchange: Exchange) => void;
  private readonly isTls: boolean;

  constructor(now: Now, release: (exchange: Exchange) => void, isTls: boolean) {
    this.isTls = isTls;
    this.now = now;
    this.release = release;
  }

  start(request: HttpRequest, done: (outcome: Outcome) => void): void {
    this.request = request;
    this.done = done;
    if (this.scanOf === request.scan) this.scan?.reset();
    else this.scan = request.scan();
    this.scanOf = request.scan;
    this.outcome = "ok";
    this.bytes = 0;
    this.rows = 0;
    this.serverMs = undefined;
    this.status = 0;
    this.goodStatus = request.expect?.status ?? 200;
    this.detail = "";
    this.message = "";
    this.resent = false;
    this.isHeard = false;
    this.sent = false;
    this.endedBy = "nobody";
    this.shown = NOTHING_SHOWN;
    this.shownBytes = 0;
    this.ask(request);
  }

  /** Sends a request, or connects first: says `connecting`, and `sending` right before the first byte goes. */
  protected abstract ask(request: HttpRequest): void;
  /** Breaks off what is under way; `failed` follows, but not before this returns. */
  protected abstract cut(reason: Error): void;
  abstract close(): Promise<void>;

  /** Ends the request if its time is up. */
  sweep(nowMs: number): void {
    const { request } = this;
    if (!request || this.endedBy !== "nobody") return;
    const elapsedMs = nowMs - this.sentMs;
    // An endless answer may have sent nothing yet, not even its status, because there was nothing to show.
    const isFine = this.sent && (this.status === 0 || this.status === 200);
    const hasEnough = request.enoughAfterMs !== undefined && elapsedMs >= request.enoughAfterMs;
    if (isFine && (hasEnough || this.scan?.isEnough?.())) this.end("enough");
    else if (elapsedMs >= request.timeoutMs) this.end("timeout");
  }

  end(by: EndedBy): void {
    if (!this.request || this.endedBy !== "nobody") return;
    this.endedBy = by;
    this.cut(new Error(by));
  }

  /** A try counts from here as long as nothing is sent. */
  protected connecting(): void {
    this.sent = false;
    if (!this.resent) this.sentMs = this.now();
  }

  /** The time counts from the first time that it is sent. */
  protected sending(): void {
    this.sent = true;
    if (!this.resent) this.sentMs = this.now();
  }

  protected answered(status: number): void {
    this.status = status;
  }

  /** A part of the body lies between two places in the bytes; what is kept of it is copied. */
  protected received(bytes: Buffer, from: number, past: number): void {
    this.bytes += past - from;
    if (this.status === 200 || this.status === this.goodStatus) this.scan?.push(bytes, from, past);
    else if (this.shownBytes < SHOWN_BODY_BYTES) {
      this.shown = [
        ...this.shown,
        Buffer.from(bytes.subarray(from, Math.min(past, from + SHOWN_BODY_BYTES))),
      ];
      this.shownBytes += past - from;
    }
  }

  /** @param nowMs when the answer's end was seen */
  protected completed(nowMs: number): void {
    this.isUsed = true;
    // The sweep comes at intervals; what counts is the time.
    const isLate = nowMs - this.sentMs > (this.request?.timeoutMs ?? 0);
    if (isLate) this.finish(TIMED_OUT, nowMs);
    else if (this.request?.expect && this.scan)
      this.finish(judgeAnswer(this.request.expect, this.status, this.scan, this.bytes), nowMs);
    else if (this.status !== 200) this.finish(classifyStatus(this.status), nowMs);
    else if (this.scan?.isWhole()) this.finish(this.scan.fault?.() ?? OK, nowMs);
    else this.finish(NOT_WHOLE, nowMs);
  }

  protected failed(error: Error): void {
    const nowMs = this.now();
    if (this.request && this.mayResend(error, nowMs)) {
      this.resent = true;
      this.ask(this.request);
    } else if (this.endedBy === "enough") this.finish(OK, nowMs);
    else if (this.endedBy === "timeout") this.finish(TIMED_OUT, nowMs, error);
    else if (this.endedBy === "abort") this.finish(STOPPED, nowMs, error);
    else this.finish(classifyError(error, this.sent, this.status), nowMs, error);
  }

  /** What changes nothing, or the same when it comes twice, and that a server's end of an idle connection has crossed is asked again, once. */
  private mayResend(error: Error, nowMs: number): boolean {
    const isCrossed = this.isUsed && this.sent && !this.isHeard && nowMs - this.sentMs < CROSSING_LIMIT_MS;
    return (
      isCrossed &&
      !this.resent &&
      this.request?.isUnsafe !== true &&
      this.endedBy === "nobody" &&
      GONE_CODES.has(codeOf(error))
    );
  }

  private finish({ outcome, detail, message }: Classified, nowMs: number, error?: Error): void {
    const { request, done } = this;
    if (!request) return;
    this.request = undefined;
    this.doneMs = nowMs;
    this.outcome = outcome;
    this.rows = this.scan?.rows() ?? 0;
    if (outcome === "ok") this.serverMs = this.scan?.serverMs?.();
    this.detail = detail;
    if (outcome !== "ok") {
      const body = Buffer.concat(this.shown).toString("utf8", 0, SHOWN_BODY_BYTES).trim();
      const isFresh = this.isTls && !this.isUsed && !this.isHeard;
      this.message = body || (error && wordsOf(error, outcome, isFresh)) || message || detail;
      this.detail = request.explain?.(this.status, body) ?? detail;
    }
    this.release(this);
    done(this);
  }
}
