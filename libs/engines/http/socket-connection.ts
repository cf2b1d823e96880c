/**
 * The lower lane: a connection on a bare socket, plain or TLS. It asks once at a time, reads what comes into one buffer
 * that all connections share, and looks at it right there. What HTTP/1.1 asks of a client that sends no more than short
 * bodies and wants no cookies, caches or redirects is little; this is it.
 */

import type { LookupFunction, Socket } from "node:net";
import type { Now } from "../engine.ts";
import type { ClientTls } from "./client-tls.ts";
import { dial, type Peer, peerOf } from "./dial.ts";
import { CONNECT_TIMEOUT_MS, Exchange, KEEP_ALIVE_MS } from "./exchange.ts";
import { READ_BUFFER } from "./read-buffer.ts";
import { createRequestWriter, type HttpRequest } from "./request.ts";
import { type AnswerSink, ResponseParser } from "./response-parser.ts";

/** A server, and how requests to it are written. */
export interface Origin {
  readonly peer: Peer;
  readonly write: ReturnType<typeof createRequestWriter>;
}

export function originOf(url: URL, lookup?: LookupFunction, tls?: ClientTls): Origin {
  return { peer: peerOf(url, lookup, tls), write: createRequestWriter(url.host) };
}

/** A server that names the time for which it keeps idle connections may close them a little sooner. */
const KEEP_ALIVE_MARGIN_MS = 2000;
/** Idle connections are told apart from dead ones by the operating system from then on. */
const PROBE_AFTER_MS = 60_000;

/** A connection's end that has no error of its own. */
class ConnectionFault extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export class SocketConnection extends Exchange implements AnswerSink {
  private socket: Socket | undefined;
  private isConnected = false;
  /** When the connection was last made or used, and how long it may then be idle. */
  private idleSinceMs = 0;
  private idleLimitMs = KEEP_ALIVE_MS;
  private readonly parser = new ResponseParser(this);
  private readonly origin: Origin;

  constructor(origin: Origin, now: Now, release: (exchange: Exchange) => void) {
    super(now, release, origin.peer.isTls);
    this.origin = origin;
  }

  protected override ask(request: HttpRequest): void {
    this.parser.reset();
    if (this.socket) this.write(this.socket, request);
    else this.open();
  }

  protected override cut(reason: Error): void {
    this.drop();
    this.fail(reason);
  }

  override async close(): Promise<void> {
    this.drop();
  }

  override sweep(nowMs: number): void {
    const isConnecting = this.socket !== undefined && !this.isConnected;
    if (isConnecting && this.request && nowMs - this.sentMs >= CONNECT_TIMEOUT_MS) {
      this.cut(new ConnectionFault("CONNECT_TIMEOUT", "the connection did not come about"));
    } else {
      super.sweep(nowMs);
    }
  }

  onStatus(status: number): void {
    this.answered(status);
  }

  onBody(bytes: Buffer, from: number, past: number): void {
    this.received(bytes, from, past);
  }

  private open(): void {
    this.connecting();
    const { peer } = this.origin;
    const socket = dial(peer, {
      buffer: READ_BUFFER,
      callback: (length) => {
        this.read(socket, length);
        return true;
      },
    });
    this.socket = socket;
    this.isConnected = false;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, PROBE_AFTER_MS);
    socket.on(peer.isTls ? "secureConnect" : "connect", () => this.connected(socket));
    socket.on("end", () => this.ended(socket));
    socket.on("error", (error) => this.lost(socket, error));
    socket.on("close", () => this.lost(socket, new ConnectionFault("CLOSED", "the connection was closed")));
  }

  private connected(socket: Socket): void {
    if (this.socket !== socket) return;
    this.isConnected = true;
    this.isUsed = false;
    this.idleLimitMs = KEEP_ALIVE_MS;
    this.idleSinceMs = this.now();
    if (this.request) this.write(socket, this.request);
  }

  private write(socket: Socket, request: HttpRequest): void {
    let text: string | Buffer;
    try {
      text = this.origin.write(request);
    } catch (error) {
      this.fail(error as Error);
      return;
    }
    this.sending();
    if (this.sentMs - this.idleSinceMs >= this.idleLimitMs) {
      this.drop();
      this.open();
      return;
    }
    if (typeof text === "string") socket.write(text, "latin1");
    else socket.write(text);
  }

  private read(socket: Socket, length: number): void {
    if (this.socket !== socket) return;
    const { parser } = this;
    // Nobody asked for anything: what this is cannot be known, so the connection is not used again.
    if (!this.request) {
      this.drop();
      return;
    }
    this.isHeard = true;
    const used = parser.push(READ_BUFFER, length);
    if (parser.fault !== undefined) this.refuse(parser.fault);
    else if (parser.isWhole) this.complete(socket, used === length && parser.staysOpen);
  }

  private complete(socket: Socket, mayStay: boolean): void {
    this.idleSinceMs = this.now();
    const { keepAliveMs } = this.parser;
    this.idleLimitMs =
      keepAliveMs === undefined ? KEEP_ALIVE_MS : Math.min(KEEP_ALIVE_MS, keepAliveMs - KEEP_ALIVE_MARGIN_MS);
    if (!mayStay || socket.writableLength > 0 || this.idleLimitMs <= 0) this.drop();
    this.completed(this.idleSinceMs);
  }

  /** The server sends nothing more. */
  private ended(socket: Socket): void {
    if (this.socket !== socket) return;
    if (!this.request) {
      this.drop();
      return;
    }
    const { parser } = this;
    if (this.isConnected) parser.end();
    if (parser.isWhole) this.complete(socket, false);
    else this.lost(socket, new ConnectionFault("CLOSED", "the other side closed the connection"));
  }

  private lost(socket: Socket, error: Error): void {
    if (this.socket !== socket) return;
    this.drop();
    if (this.request) this.failed(error);
  }

  private refuse(fault: string): void {
    this.drop();
    this.failed(new ConnectionFault(fault, "the answer is not HTTP/1.1 that can be read"));
  }

  /** Not from here: who hears of it must have returned before. */
  private fail(error: Error): void {
    const { request } = this;
    queueMicrotask(() => {
      if (this.request === request) this.failed(error);
    });
  }

  private drop(): void {
    this.socket?.destroy();
    this.socket = undefined;
    this.isConnected = false;
  }
}
