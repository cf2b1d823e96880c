/** A connection by undici: the reference that the lower lane is held against, and the way out where a server is odd. */

import type { LookupFunction } from "node:net";
import type { SecureContext } from "node:tls";
import { buildConnector, Client } from "undici";
import type { Now } from "../engine.ts";
import type { ClientTls } from "./client-tls.ts";
import { CONNECT_TIMEOUT_MS, Exchange, KEEP_ALIVE_MS } from "./exchange.ts";
import type { HttpRequest } from "./request.ts";

interface ConnectOptions {
  readonly lookup: LookupFunction | undefined;
  readonly tls: ClientTls | undefined;
}

/** It is undici's handler itself, so that a request allocates little. */
export class UndiciConnection extends Exchange {
  private client: Client;
  private abort: ((error: Error) => void) | undefined;
  private readonly origin: string;
  private readonly connector: buildConnector.connector;

  constructor(origin: string, now: Now, release: (exchange: Exchange) => void, options: ConnectOptions) {
    super(now, release, origin.startsWith("https:"));
    this.origin = origin;
    this.connector = connectorOf(options);
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
    const client = newClient(this.origin, this.connector);
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

function newClient(origin: string, connect: buildConnector.connector): Client {
  return new Client(origin, {
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    connect,
  });
}

/** Connects with the certificates of the moment. Other ones have a connector of their own: the one before keeps its sessions. */
function connectorOf({ lookup, tls }: ConnectOptions): buildConnector.connector {
  let context: SecureContext | undefined;
  let connector = build();

  function build(): buildConnector.connector {
    context = tls?.context();
    return buildConnector({
      timeout: CONNECT_TIMEOUT_MS,
      ...(lookup && { lookup }),
      ...(context && { secureContext: context }),
      ...(tls?.serverName !== undefined && { servername: tls.serverName }),
    });
  }

  return (options, callback) => {
    if (tls?.context() !== context) connector = build();
    connector(options, callback);
  };
}
