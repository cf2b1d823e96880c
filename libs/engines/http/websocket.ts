/**
 * A WebSocket from the client's side, for engines that are sent what comes in. undici has one too, which says of a refusal neither
 * its status nor its words; here how it ended is what counts.
 */

import { createHash, randomBytes } from "node:crypto";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import { dial, type Peer } from "./dial.ts";
import { SHOWN_BODY_BYTES } from "./exchange.ts";
import { ABNORMAL, clientFrame, FrameReader, NORMAL, OPCODE } from "./websocket-frames.ts";

export interface WebSocketOptions {
  readonly url: URL;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** The server that the address names. */
  readonly peer: Peer;
  /** Of one message. */
  readonly mostBytes: number;
}

/** How it ended, other than by its own client. */
export type WebSocketEnd =
  | { readonly kind: "refused"; readonly status: number; readonly body: string }
  | { readonly kind: "broken"; readonly error: Error; readonly wasOpen: boolean }
  | { readonly kind: "closed"; readonly code: number; readonly reason: string };

export interface WebSocketListener {
  opened(): void;
  message(bytes: Buffer): void;
  /** Once, never before `openWebSocket` returns, and nothing is heard after it. */
  ended(how: WebSocketEnd): void;
}

/** What every server adds to the key before it hashes it. Source: RFC 6455, section 1.3. */
const ACCEPT_SALT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** A server that does not end its side in this time after ours has said good-bye is left. */
const CLOSE_LIMIT_MS = 1000;

class WebSocketFault extends Error {
  readonly code = "WEBSOCKET";
}

/** @returns ends it without a word to its listener */
export function openWebSocket(options: WebSocketOptions, listener: WebSocketListener): () => void {
  const { url, peer } = options;
  const key = randomBytes(16).toString("base64");
  let asked: ClientRequest | undefined;
  let socket: Socket | undefined;
  let isOver = false;

  function end(how: WebSocketEnd): void {
    if (isOver) return;
    isOver = true;
    asked?.destroy();
    socket?.destroy();
    listener.ended(how);
  }

  try {
    const ask = url.protocol === "https:" ? httpsRequest : httpRequest;
    asked = ask(url, { createConnection: () => dial(peer), headers: headersOf(options.headers, key) });
    follow(asked);
  } catch (error) {
    // Of a header that cannot be sent.
    queueMicrotask(() => end({ kind: "broken", error: error as Error, wasOpen: false }));
  }

  function follow(request: ClientRequest): void {
    request.on("error", (error) => end({ kind: "broken", error, wasOpen: false }));
    request.on("response", (answer) => {
      void readShort(answer).then((body) => end({ kind: "refused", status: answer.statusCode ?? 0, body }));
    });
    request.on("upgrade", (answer: IncomingMessage, upgraded: Socket, first: Buffer) => {
      socket = upgraded;
      upgraded.on("error", (error) => end({ kind: "broken", error, wasOpen: true }));
      upgraded.on("close", () =>
        end({ kind: "closed", code: ABNORMAL, reason: "the connection was closed" }),
      );
      if (answer.headers["sec-websocket-accept"] !== acceptOf(key)) {
        end({ kind: "broken", error: new WebSocketFault("the answer is to another key"), wasOpen: false });
        return;
      }
      listener.opened();
      hear(upgraded, first);
    });
    request.end();
  }

  function hear(upgraded: Socket, first: Buffer): void {
    const reader = new FrameReader(options.mostBytes, {
      message: (bytes) => !isOver && listener.message(bytes),
      // A server that does not take an answer up gets no further one.
      ping: (bytes) => upgraded.writableLength === 0 && upgraded.write(clientFrame(OPCODE.pong, bytes)),
      closed: (code, reason) => end({ kind: "closed", code, reason }),
    });
    const push = (bytes: Buffer) => {
      if (isOver) return;
      reader.push(bytes);
      if (reader.fault !== undefined)
        end({ kind: "broken", error: new WebSocketFault(`the server sent ${reader.fault}`), wasOpen: true });
    };
    upgraded.on("data", push);
    push(first);
  }

  return () => {
    if (isOver) return;
    isOver = true;
    if (socket) sayGoodBye(socket);
    else asked?.destroy();
  };
}

function headersOf(headers: readonly string[], key: string): Record<string, string> {
  const named: Record<string, string> = {};
  for (let at = 0; at < headers.length; at += 2) named[headers[at] as string] = headers[at + 1] ?? "";
  return {
    ...named,
    ...{ connection: "Upgrade", upgrade: "websocket" },
    ...{ "sec-websocket-version": "13", "sec-websocket-key": key },
  };
}

function acceptOf(key: string): string {
  return createHash("sha1")
    .update(key + ACCEPT_SALT)
    .digest("base64");
}

function sayGoodBye(socket: Socket): void {
  const code = Buffer.alloc(2);
  code.writeUInt16BE(NORMAL);
  socket.end(clientFrame(OPCODE.close, code));
  const leaving = setTimeout(() => socket.destroy(), CLOSE_LIMIT_MS);
  socket.on("close", () => clearTimeout(leaving));
}

/** The beginning of a body; what comes of one that breaks off. */
async function readShort(answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of answer as AsyncIterable<Buffer>) {
      pieces.push(piece);
      bytes += piece.length;
      if (bytes >= SHOWN_BODY_BYTES) break;
    }
  } catch {
    // What has come is enough to tell.
  }
  return Buffer.concat(pieces).toString("utf8", 0, SHOWN_BODY_BYTES).trim();
}
