/**
 * Sends HTTP/1.1 requests over connections of its own and calls back when each is over: the hot path of every HTTP
 * engine. A request takes a free connection or opens one; how many are in flight is the caller's affair.
 */

import type { LookupFunction } from "node:net";
import type { HttpLane, Now, OpenOptions, Outcome } from "../engine.ts";
import { type ClientTls, openTls } from "./client-tls.ts";
import type { Exchange } from "./exchange.ts";
import type { HttpRequest } from "./request.ts";
import { originOf, SocketConnection } from "./socket-connection.ts";
import { UndiciConnection } from "./undici-connection.ts";

/** Deadlines are looked at so often; a timeout may be so much late. */
const SWEEP_INTERVAL_MS = 20;

export interface HttpDriver {
  send(request: HttpRequest, done: (outcome: Outcome) => void): void;
  /** Connections that are made, busy or not. */
  connections(): number;
  abortAll(): void;
  close(): Promise<void>;
}

/** How a driver connects; as anybody does when not given. */
interface ConnectOptions {
  readonly lane?: HttpLane | undefined;
  /** From the origin's name to the addresses that may be connected to. */
  readonly lookup?: LookupFunction | undefined;
  readonly tls?: ClientTls | undefined;
}

/** A driver for an engine's target. @throws LogburstError where files of its TLS cannot be used */
export function openDriver(options: OpenOptions): HttpDriver {
  const { target, now, http, lookup } = options;
  return createHttpDriver(new URL(target.url), now, { lane: http, lookup, tls: openTls(options) });
}

/** A driver for one origin. */
export function createHttpDriver(
  url: URL,
  now: Now,
  { lane = "socket", lookup, tls }: ConnectOptions = {},
): HttpDriver {
  const all: Exchange[] = [];
  const free: Exchange[] = [];
  const origin = originOf(url, lookup, tls);
  let sweeping: NodeJS.Timeout | undefined;

  function connect(): Exchange {
    const connection =
      lane === "undici"
        ? new UndiciConnection(url.origin, now, release, { lookup, tls })
        : new SocketConnection(origin, now, release);
    all.push(connection);
    return connection;
  }

  function release(connection: Exchange): void {
    free.push(connection);
  }

  function sweep(): void {
    const nowMs = now();
    for (const connection of all) connection.sweep(nowMs);
    if (free.length < all.length) return;
    clearInterval(sweeping);
    sweeping = undefined;
  }

  function abortAll(): void {
    for (const connection of all) connection.end("abort");
  }

  return {
    send(request, done) {
      const connection = free.pop() ?? connect();
      sweeping ??= setInterval(sweep, SWEEP_INTERVAL_MS);
      connection.start(request, done);
    },
    connections: () => all.length,
    abortAll,
    async close() {
      clearInterval(sweeping);
      abortAll();
      await Promise.all(all.map((connection) => connection.close()));
    },
  };
}
