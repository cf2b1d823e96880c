/**
 * Sends HTTP/1.1 requests over connections of its own and calls back when each is over: the hot path of every HTTP
 * engine. A request takes a free connection or opens one; how many are in flight is the caller's affair.
 */

import { Client } from "undici";
import type { Now, Outcome, PreparedQuery } from "../engine.ts";
import type { BodyScan } from "./body.ts";
import { type Classified, classifyError, classifyStatus } from "./classify.ts";

export interface HttpRequest extends PreparedQuery {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string;
  readonly scan: () => BodyScan;
  /** When the client gives up, in milliseconds after the send. */
  readonly timeoutMs: number;
  /** For an answer that has no end: when the client has seen enough, in milliseconds after the send. */
  readonly enoughAfterMs?: number | undefined;
  /** Tells bad statuses apart by what the body says. */
  readonly explain?: ((status: number, body: string) => string | undefined) | undefined;
}

/** How much of a bad answer is kept to show. */
const SHOWN_BODY_BYTES = 400;
const CONNECT_TIMEOUT_MS = 10_000;
/** Deadlines are looked at so often; a timeout may be so much late. */
const SWEEP_INTERVAL_MS = 20;
/** An idle connection is closed before the server may do so, which would look like a reset. */
const KEEP_ALIVE_MS = 30_000;

type EndedBy = "nobody" | "timeout" | "enough" | "abort";

/** One connection, one request at a time. It is undici's handler itself, so that a request allocates little. */
class Connection implements Outcome {
  outcome: Outcome["outcome"] = "ok";
  sentMs = 0;
  doneMs = 0;
  bytes = 0;
  rows = 0;
  detail = "";
  message = "";
  client: Client;
  private request: HttpRequest | undefined;
  private done: (outcome: Outcome) => void = () => undefined;
  private scan: BodyScan | undefined;
  private status = 0;
  private sent = false;
  private endedBy: EndedBy = "nobody";
  private shown: Buffer[] = [];
  private shownBytes = 0;
  private abort: ((error: Error) => void) | undefined;
  private readonly origin: string;
  private readonly now: Now;
  private readonly release: (connection: Connection) => void;

  constructor(origin: string, now: Now, release: (connection: Connection) => void) {
    this.origin = origin;
    this.now = now;
    this.release = release;
    this.client = newClient(origin);
  }

  start(request: HttpRequest, done: (outcome: Outcome) => void): void {
    this.request = request;
    this.done = done;
    this.scan = request.scan();
    this.outcome = "ok";
    this.bytes = 0;
    this.rows = 0;
    this.status = 0;
    this.detail = "";
    this.message = "";
    this.sent = false;
    this.endedBy = "nobody";
    this.shown = [];
    this.shownBytes = 0;
    this.abort = undefined;
    this.sentMs = this.now();
    const { method, path, headers, body } = request;
    this.client.dispatch(
      { method, path, headers: headers as string[], body: body === "" ? null : body },
      this,
    );
  }

  /** Ends the request if its time is up. */
  sweep(nowMs: number): void {
    const { request } = this;
    if (!request || this.endedBy !== "nobody") return;
    const elapsedMs = nowMs - this.sentMs;
    // An endless answer may have sent nothing yet, not even its status, because there was nothing to show.
    const isFine = this.sent && (this.status === 0 || this.status === 200);
    if (isFine && request.enoughAfterMs !== undefined && elapsedMs >= request.enoughAfterMs)
      this.end("enough");
    else if (elapsedMs >= request.timeoutMs) this.end("timeout");
  }

  end(by: EndedBy): void {
    if (!this.request || this.endedBy !== "nobody") return;
    this.endedBy = by;
    const reason = new Error(by);
    if (this.abort) {
      this.abort(reason);
      return;
    }
    // Still connecting: only the connection itself can be given up.
    const { client } = this;
    this.client = newClient(this.origin);
    void client.destroy(reason);
  }

  onConnect(abort: (error?: Error) => void): void {
    this.abort = abort;
    this.sent = true;
    this.sentMs = this.now();
  }

  onHeaders(status: number): boolean {
    this.status = status;
    return true;
  }

  onData(chunk: Buffer): boolean {
    this.bytes += chunk.length;
    if (this.status === 200) this.scan?.push(chunk);
    else if (this.shownBytes < SHOWN_BODY_BYTES) {
      this.shown.push(chunk);
      this.shownBytes += chunk.length;
    }
    return true;
  }

  onComplete(): void {
    const isLate = this.now() - this.sentMs > (this.request?.timeoutMs ?? 0);
    // The sweep comes at intervals; what counts is the time.
    if (isLate) this.finish({ outcome: "timeout", detail: "client timeout" });
    else if (this.status !== 200) this.finish(classifyStatus(this.status));
    else if (this.scan?.isWhole()) this.finish({ outcome: "ok", detail: "" });
    else this.finish({ outcome: "parse", detail: "not a whole JSON object" });
  }

  onError(error: Error): void {
    // Not from here: whoever hears of it may ask again at once, and undici has yet to clear what has failed.
    queueMicrotask(() => this.fail(error));
  }

  private fail(error: Error): void {
    if (this.endedBy === "enough") this.finish({ outcome: "ok", detail: "" });
    else if (this.endedBy === "timeout") this.finish({ outcome: "timeout", detail: "client timeout" }, error);
    else if (this.endedBy === "abort") this.finish({ outcome: "aborted", detail: "stopped" }, error);
    else this.finish(classifyError(error, this.sent, this.status), error);
  }

  onUpgrade(): void {
    this.end("abort");
  }

  private finish({ outcome, detail }: Classified, error?: Error): void {
    const { request, done } = this;
    if (!request) return;
    this.request = undefined;
    this.doneMs = this.now();
    this.outcome = outcome;
    this.rows = this.scan?.rows() ?? 0;
    this.scan = undefined;
    this.detail = detail;
    if (outcome !== "ok") {
      const body = Buffer.concat(this.shown).toString("utf8", 0, SHOWN_BODY_BYTES).trim();
      this.message = body || error?.message || detail;
      this.detail = request.explain?.(this.status, body) ?? detail;
    }
    this.release(this);
    done(this);
  }
}

function newClient(origin: string): Client {
  return new Client(origin, {
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    connect: { timeout: CONNECT_TIMEOUT_MS },
  });
}

export interface HttpDriver {
  send(request: HttpRequest, done: (outcome: Outcome) => void): void;
  /** Connections that are made, busy or not. */
  connections(): number;
  abortAll(): void;
  close(): Promise<void>;
}

/** A driver for one origin. */
export function createHttpDriver(origin: string, now: Now): HttpDriver {
  const free: Connection[] = [];
  const busy = new Set<Connection>();
  let sweeping: NodeJS.Timeout | undefined;

  function release(connection: Connection): void {
    busy.delete(connection);
    free.push(connection);
  }

  function sweep(): void {
    const nowMs = now();
    for (const connection of busy) connection.sweep(nowMs);
    if (busy.size > 0) return;
    clearInterval(sweeping);
    sweeping = undefined;
  }

  return {
    send(request, done) {
      const connection = free.pop() ?? new Connection(origin, now, release);
      busy.add(connection);
      sweeping ??= setInterval(sweep, SWEEP_INTERVAL_MS);
      connection.start(request, done);
    },
    connections: () => busy.size + free.length,
    abortAll() {
      for (const connection of busy) connection.end("abort");
    },
    async close() {
      clearInterval(sweeping);
      for (const connection of busy) connection.end("abort");
      await Promise.all([...busy, ...free].map(({ client }) => client.destroy().catch(() => undefined)));
    },
  };
}
