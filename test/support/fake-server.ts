/** A server of HTTP that answers as a test says, and remembers what it was asked. */

import { createServer, type IncomingHttpHeaders } from "node:http";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly args: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A status and a body: text as it is, anything else as JSON. */
export type Answer = readonly [status: number, body: unknown];

export interface FakeServer extends AsyncDisposable {
  readonly url: string;
  readonly asked: readonly Asked[];
}

export async function startFakeServer(answer: (asked: Asked) => Answer): Promise<FakeServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://fake");
      const seen: Asked = {
        method: request.method ?? "",
        path: pathname,
        args: searchParams,
        headers: request.headers,
        body: Buffer.concat(pieces).toString("utf8"),
      };
      asked.push(seen);
      const [status, body] = answer(seen);
      response.writeHead(status, { "content-type": "application/json" });
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
