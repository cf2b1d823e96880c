/** A connection by undici: the reference that the lower lane is held against, and the way out where a server is odd. */

import type { LookupFunction } from "node:net";
import { Client } from "undici";
import type { Now } from "../engine.ts";
import { CONNECT_TIMEOUT_MS, Exchange, KEEP_ALIVE_MS } from "./exchange.ts";
import type { HttpRequest } from "./request.ts";

/** It is undici's handler itself, so that a request allocates little. */
export class UndiciConnection extends Exchange {
  private client: Client;
  private abort: ((error: Error) => void) | undefined;
  private readonly origin: string;
  private readonly lookup: LookupFunction | undefined;

  constructor(
    origin: string,
    now: Now,
    release: (exchange: Exchange) => void,
    lookup: LookupFunction | undefined,
  ) {
    super(now, release);
    this.origin = origin;
    this.lookup = lookup;
    this.client = this.connect();
  }

  protected override ask({ method, path, headers, body }: HttpRequest): void {
    this.abort = undefined;
    this.connecting();
    this.client.dispatch(
      { method, path, headers: headers as string[], body: body === "" ? null : body },
      this,
    );
  }

  protected override cut(reason: Error): void {
    if (this.abort) {
      this.abort(reason);
      return;
    }
    // Still connecting: only the connection itself can be given up.
    const { client } = this;
    this.client = this.connect();
    void client.destroy(reason);
  }

  override close(): Promise<void> {
    return this.client.destroy().catch(() => undefined);
  }

  private connect(): Client {
    const client = newClient(this.origin, this.lookup);
    client.on("connect", () => {
      this.isUsed = false;
    });
    return client;
  }

  onConnect(abort: (error?: Error) => void): void {
    this.abort = abort;
    this.sending();
  }

  onHeaders(status: number): boolean {
    this.isHeard = true;
    this.answered(status);
    return true;
  }

  onData(chunk: Buffer): boolean {
    this.received(chunk, 0, chunk.length);
    return true;
  }

  onComplete(): void {
    this.completed(this.now());
  }

  onError(error: Error): void {
    // Not from here: whoever hears of it may ask again at once, and undici has yet to clear what has failed.
    queueMicrotask(() => this.failed(error));
  }

  onUpgrade(): void {
    this.end("abort");
  }
}

function newClient(origin: string, lookup: LookupFunction | undefined): Client {
  return new Client(origin, {
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    connect: { timeout: CONNECT_TIMEOUT_MS, ...(lookup && { lookup }) },
  });
}
