/** Receives webhooks: remembers what came, and answers as the test says. */

import { createServer, type IncomingHttpHeaders } from "node:http";

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HookReceiver extends AsyncDisposable {
  readonly port: number;
  readonly received: Received[];
}

/** The answer to the n-th request, from 0 on; none at all leaves it waiting. */
type Answer = (
  request: number,
  path: string,
) => readonly [status: number, headers?: Record<string, string>] | undefined;

export async function startHookReceiver(answer: Answer = () => [204]): Promise<HookReceiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const path = request.url ?? "";
      received.push({ path, headers: request.headers, body: Buffer.concat(parts).toString() });
      const [status, headers] = answer(received.length - 1, path) ?? [];
      if (status !== undefined) response.writeHead(status, headers).end("what nobody reads");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
