/** A server of WebSockets, written from RFC 6455 by hand: it sends what a test says, frame by frame, and keeps what it was sent. */

import { createHash } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Duplex } from "node:stream";
import type { TLSSocket, TlsOptions } from "node:tls";

/** A frame that a client sent. */
export interface ClientFrame {
  readonly opcode: number;
  readonly isMasked: boolean;
  readonly body: Buffer;
}

/** The server's end of a WebSocket. */
export interface ServerSocket {
  readonly frames: readonly ClientFrame[];
  /** A text in one frame. */
  text(value: unknown): void;
  /** A frame as it is. */
  frame(first: number, body?: Buffer): void;
  close(code: number, reason: string): void;
  /** Ends the connection without a word. */
  cut(): void;
}

export interface Upgrade {
  readonly path: string;
  readonly args: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The name in the certificate that the client showed. */
  readonly client: string | undefined;
}

/** What becomes of a client: it is refused, or served. */
type Accepted = readonly [status: number, body: string] | ((socket: ServerSocket) => void);

export interface WebSocketServer extends AsyncDisposable {
  readonly url: string;
  readonly upgrades: readonly Upgrade[];
  readonly sockets: readonly ServerSocket[];
  /** Connections that are still there. */
  connections(): number;
}

const SALT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

export async function startWebSocketServer(
  accept: (upgrade: Upgrade) => Accepted,
  tls?: TlsOptions,
): Promise<WebSocketServer> {
  const upgrades: Upgrade[] = [];
  const sockets: ServerSocket[] = [];
  const open = new Set<Duplex>();
  // Whatever else is asked is well.
  const answer: RequestListener = (_request, response) => response.end("{}");
  const server = tls ? createTlsServer(tls, answer) : createServer(answer);
  server.on("upgrade", (request, socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => undefined);
    const { pathname: path, searchParams: args } = new URL(request.url ?? "/", "http://fake");
    const client = (socket as TLSSocket).getPeerCertificate?.().subject?.CN as string | undefined;
    const upgrade = { path, args, headers: request.headers, client };
    upgrades.push(upgrade);
    const accepted = accept(upgrade);
    if (typeof accepted !== "function") {
      const [status, body] = accepted;
      socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
      return;
    }
    const key = `${request.headers["sec-websocket-key"]}${SALT}`;
    const answer = createHash("sha1").update(key).digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${answer}\r\n\r\n`,
    );
    const served = serverSocket(socket);
    sockets.push(served);
    accepted(served);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`,
    upgrades,
    sockets,
    connections: () => open.size,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function serverSocket(socket: Duplex): ServerSocket {
  const frames: ClientFrame[] = [];
  let rest = Buffer.alloc(0);
  socket.on("data", (piece: Buffer) => {
    rest = Buffer.concat([rest, piece]);
    // Clients send short frames alone here.
    while (rest.length >= 6 && rest.length >= 6 + ((rest[1] as number) & 0x7f)) {
      const [first = 0, second = 0] = rest;
      const past = 6 + (second & 0x7f);
      const mask = rest.subarray(2, 6);
      const body = Buffer.from(rest.subarray(6, past).map((byte, at) => byte ^ (mask[at % 4] as number)));
      frames.push({ opcode: first & 0x0f, isMasked: (second & 0x80) !== 0, body });
      rest = rest.subarray(past);
      if ((first & 0x0f) === 8) socket.end();
    }
  });
  const frame = (first: number, body: Buffer = Buffer.alloc(0)) =>
    socket.write(Buffer.concat([Buffer.from([first]), lengthOf(body), body]));
  return {
    frames,
    frame,
    text: (value) => frame(0x81, Buffer.from(JSON.stringify(value))),
    close(code, reason) {
      frame(0x88, Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]));
      socket.end();
    },
    cut: () => socket.destroy(),
  };
}

function lengthOf({ length }: Buffer): Buffer {
  if (length < 126) return Buffer.from([length]);
  if (length < 65_536) return Buffer.from([126, length >> 8, length & 0xff]);
  const bytes = Buffer.alloc(9, 127);
  bytes.writeBigUInt64BE(BigInt(length), 1);
  return bytes;
}
