/**
 * A target that costs next to nothing: it answers every query with one row, at once or after a time, and counts what it
 * got. A process of its own, started with a channel on which it tells its port; it ends when the channel does.
 * Usage: node target-process.js [DELAY_MS [STALL_AFTER_MS STALL_MS]]: once, so long after the first query, nothing is
 * answered for a while.
 */

import { createServer, type Socket } from "node:net";
import { systemClock } from "../../libs/runtime/clock.ts";

const ROW = '{"_time":"2026-01-01T00:00:00Z","_stream":"{}","_msg":"a row"}\n';
const QUERY_LINE = "POST /select/logsql/";
const COUNT_LINE = "GET /count ";
const HEAD_END = "\r\n\r\n";
/** A request that is longer than this is not one of a bench's. */
const LONGEST_REQUEST = 64 * 1024;

const [DELAY_MS = 0, STALL_AFTER_MS = 0, STALL_MS = 0] = process.argv.slice(2).map(Number);

let queries = 0;
let refused = 0;
/** When nothing is answered, known from the first query on. */
let stall = { fromMs: 0, toMs: 0 };

const answerOf = (body: string, type: string) =>
  Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: keep-alive\r\n\r\n${body}`,
  );
const ROW_ANSWER = answerOf(ROW, "application/stream+json");
const OK_ANSWER = answerOf("OK", "text/plain");

/** Answers a query: after the delay, and not before the end of the stall where that falls into it. */
function answerQuery(socket: Socket): void {
  if (DELAY_MS === 0) {
    socket.write(ROW_ANSWER);
    return;
  }
  const nowMs = systemClock.nowMs();
  if (queries === 1) stall = { fromMs: nowMs + STALL_AFTER_MS, toMs: nowMs + STALL_AFTER_MS + STALL_MS };
  const atMs = nowMs + DELAY_MS;
  const isStalled = atMs >= stall.fromMs && atMs < stall.toMs;
  systemClock.after((isStalled ? stall.toMs : atMs) - nowMs, () => socket.write(ROW_ANSWER));
}

/** Answers one whole request. */
function answer(socket: Socket, head: string): void {
  if (head.startsWith(QUERY_LINE)) {
    queries++;
    answerQuery(socket);
  } else if (head.startsWith(COUNT_LINE)) {
    socket.write(answerOf(JSON.stringify({ queries, refused }), "application/json"));
  } else {
    socket.write(OK_ANSWER);
  }
}

/** Reads requests off a connection: a head, and as many bytes of body as it says. */
function serve(socket: Socket): void {
  let pending = "";
  socket.setNoDelay(true);
  socket.on("error", () => undefined);
  socket.on("data", (chunk) => {
    pending += chunk.toString("latin1");
    for (;;) {
      const headLength = pending.indexOf(HEAD_END);
      if (headLength < 0) break;
      const head = pending.slice(0, headLength);
      const bodyLength = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      const length = headLength + HEAD_END.length + bodyLength;
      if (pending.length < length) break;
      pending = pending.slice(length);
      answer(socket, head);
    }
    if (pending.length <= LONGEST_REQUEST) return;
    refused++;
    socket.destroy();
  });
}

const server = createServer(serve).listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.({ port: typeof address === "object" && address ? address.port : 0 });
});
process.on("disconnect", () => process.exit(0));
process.on("SIGTERM", () => process.exit(0));
