/** A TCP server that counts its connections, remembers what it was asked, and answers each request as the test says. */

import { createServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

export interface KeepingServer extends AsyncDisposable {
  readonly url: URL;
  /** Connections that were made so far. */
  connections(): number;
  /** Requests as they came. */
  readonly asked: string[];
  /** Ends all connections, as a server does with those that are idle for too long. */
  endAll(): void;
}

const HEAD_END = "\r\n\r\n";

/** @param answer what to send for the n-th request, from 0 on */
export async function startKeepingServer(
  answer: (request: number, socket: Socket) => string,
  tls?: TlsOptions,
): Promise<KeepingServer> {
  const sockets = new Set<Socket>();
  const asked: string[] = [];
  let made = 0;
  function serve(socket: Socket): void {
    let pending = "";
    made++;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (data) => {
      pending += data.toString("latin1");
      const head = pending.indexOf(HEAD_END) + HEAD_END.length;
      const length = head + Number(/content-length: (\d+)/.exec(pending)?.[1] ?? 0);
      if (head < HEAD_END.length || pending.length < length) return;
      asked.push(pending);
      pending = "";
      socket.write(answer(asked.length - 1, socket), "latin1");
    });
  }
  const server = tls ? createTlsServer(tls, serve) : createServer(serve);
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    url: new URL(`${tls ? "https" : "http"}://localhost:${port}`),
    connections: () => made,
    asked,
    endAll() {
      for (const socket of sockets) socket.end();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
