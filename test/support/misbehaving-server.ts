/** A TCP server that answers each request with exactly the bytes that a test gives it: where faults must be injected. */

import { createServer, type Socket } from "node:net";

export interface MisbehavingServer extends AsyncDisposable {
  readonly url: string;
}

/** @param answer writes what it wants, or nothing, or closes; called once the request's head has come */
export async function startMisbehavingServer(answer: (socket: Socket) => void): Promise<MisbehavingServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (data) => {
      if (data.includes("\r\n\r\n")) answer(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
