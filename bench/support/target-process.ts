/**
 * A target that costs next to nothing: it answers every query at once with one row, and counts what it got. A process of
 * its own, started with a channel on which it tells its port; it ends when the channel does.
 */

import { createServer, type Socket } from "node:net";

const ROW = '{"_time":"2026-01-01T00:00:00Z","_stream":"{}","_msg":"a row"}\n';
const QUERY_LINE = "POST /select/logsql/";
const COUNT_LINE = "GET /count ";
const HEAD_END = "\r\n\r\n";
/** A request that is longer than this is not one of a bench's. */
const LONGEST_REQUEST = 64 * 1024;

let queries = 0;
let refused = 0;

const answerOf = (body: string, type: string) =>
  Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
const ROW_ANSWER = answerOf(ROW, "application/stream+json");
const OK_ANSWER = answerOf("OK", "text/plain");

/** Answers one whole request. */
function answer(socket: Socket, head: string): void {
  if (head.startsWith(QUERY_LINE)) {
    queries++;
    socket.write(ROW_ANSWER);
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
