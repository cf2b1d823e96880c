/** An HTTP proxy before the target that counts what really arrives: the reference for every number of a report. */

import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

export interface SeenRequest {
  readonly atMs: number;
  /** Which connection brought it: each belongs to one worker. */
  readonly connection: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly args: Readonly<Record<string, string>>;
}

export interface CountingProxy extends AsyncDisposable {
  readonly url: string;
  /** Queries, in the order of their arrival; other requests are passed on uncounted. */
  readonly seen: readonly SeenRequest[];
  inFlight(): number;
  peakInFlight(): number;
  /** The most queries in flight at any moment of a stretch of time (epoch milliseconds). */
  peakBetween(fromMs: number, toMs: number): number;
  /** When the other side ended a connection; undefined while it is open. */
  endedMs(connection: number): number | undefined;
  /** How often each text of `query` was asked. */
  counts(): Map<string, number>;
}

/** Idle connections are kept as long as VictoriaLogs keeps them: longer than any test. */
const KEEP_ALIVE_MS = 60_000;

/** @param delayMs held back before it is passed on, so that many are in flight at once */
export async function startCountingProxy(targetUrl: string, delayMs = 0): Promise<CountingProxy> {
  const target = new URL(targetUrl);
  const seen: SeenRequest[] = [];
  /** Every change of the number in flight. */
  const changes: { atMs: number; inFlight: number }[] = [];
  const connections = new WeakMap<Socket, number>();
  let connectionsMade = 0;
  const ends = new Map<number, number>();
  let inFlight = 0;
  let peak = 0;

  function change(by: 1 | -1): void {
    inFlight += by;
    peak = Math.max(peak, inFlight);
    changes.push({ atMs: Date.now(), inFlight });
  }

  function pass(incoming: IncomingMessage, outgoing: ServerResponse, body: Buffer): void {
    const { method, url: path, headers } = incoming;
    const upstream = request(
      { host: target.hostname, port: target.port, method, path, headers },
      (response) => {
        outgoing.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(outgoing);
      },
    );
    upstream.on("error", () => outgoing.destroy());
    outgoing.on("close", () => upstream.destroy());
    upstream.end(body);
  }

  const server = createServer(async (incoming, outgoing) => {
    const isQuery = incoming.url?.startsWith("/select/") ?? false;
    if (isQuery) {
      change(1);
      outgoing.once("close", () => change(-1));
    }
    const connection = connections.get(incoming.socket) ?? 0;
    const body = await bodyOf(incoming);
    if (!body) return;
    if (isQuery) {
      const args = Object.fromEntries(new URLSearchParams(body.toString()));
      const { headers } = incoming;
      seen.push({ atMs: Date.now(), connection, path: incoming.url ?? "", headers, args });
    }
    if (delayMs > 0) setTimeout(() => pass(incoming, outgoing, body), delayMs);
    else pass(incoming, outgoing, body);
  });
  // Whoever was frozen finds its connections as it left them.
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on("connection", (socket) => {
    const connection = ++connectionsMade;
    connections.set(socket, connection);
    socket.once("close", () => ends.set(connection, Date.now()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    inFlight: () => inFlight,
    peakInFlight: () => peak,
    peakBetween: (fromMs, toMs) =>
      Math.max(
        0,
        ...changes.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs).map((entry) => entry.inFlight),
      ),
    endedMs: (connection) => ends.get(connection),
    counts() {
      const counts = new Map<string, number>();
      for (const { args } of seen) counts.set(args.query ?? "", (counts.get(args.query ?? "") ?? 0) + 1);
      return counts;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A request's body; undefined when whoever sent it died over it. */
async function bodyOf(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}
