/**
 * A target whose capacity is known: so many queries at once, each for the same time, and the others wait in turn. It answers
 * like VictoriaLogs, with one row.
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const ROW = '{"_time":"2026-01-01T00:00:00Z","_stream":"{}","_msg":"a row"}\n';

export interface QueueingServer extends AsyncDisposable {
  readonly url: string;
  /** Queries per second that it can answer. */
  readonly capacity: number;
}

/** @param serviceMs how long a query takes, from when its turn has come; may differ by query */
export async function startQueueingServer(
  servers: number,
  serviceMs: number,
  factorOf: (body: string) => number = () => 1,
): Promise<QueueingServer> {
  // Each place is free from a moment on; who comes takes the one that is free first.
  const freeAtMs = new Array<number>(servers).fill(0);

  function endOf(nowMs: number, lengthMs: number): number {
    const place = freeAtMs.indexOf(Math.min(...freeAtMs));
    const endMs = Math.max(nowMs, freeAtMs[place] as number) + lengthMs;
    freeAtMs[place] = endMs;
    return endMs;
  }

  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => {
      if (!request.url?.startsWith("/select/")) {
        response.end("OK");
        return;
      }
      const nowMs = performance.now();
      const endMs = endOf(nowMs, serviceMs * factorOf(body));
      setTimeout(() => response.end(ROW), endMs - nowMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    capacity: (servers * 1000) / serviceMs,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
