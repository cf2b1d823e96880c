/** The lower lane and undici are asked the same and must tell the same, whatever a server answers. */

import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import type { HttpLane } from "../../libs/engines/engine.ts";
import { anyAnswer, type PlayedAnswer } from "../support/answers.ts";
import { drive } from "../support/driving.ts";

const RUNS = 50;
const ANSWERS_PER_RUN = 20;

/** A server that plays the answer whose number stands in the path, and then closes the connection. */
async function startPlayer(answers: () => readonly PlayedAnswer[]) {
  const sockets = new Set<Socket>();
  async function play(socket: Socket, { pieces }: PlayedAnswer): Promise<void> {
    for (const piece of pieces) {
      socket.write(piece, "latin1");
      await setImmediate();
    }
    socket.end();
  }
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    socket.once("data", (data) => {
      const number = Number(/^POST \/(\d+) /.exec(data.toString("latin1"))?.[1]);
      void play(socket, answers()[number] as PlayedAnswer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** What a lane tells of all answers. */
async function told(url: URL, lane: HttpLane, answers: readonly PlayedAnswer[]) {
  await using driving = drive(url, lane);
  const asking = answers.map(async (_, number) => {
    const { outcome, detail, bytes, rows } = await driving.ask({ path: `/${number}` });
    // Words on what was wrong with an answer differ; a status is a status.
    const isStatus = /^(\d+|status \d+)$/.test(detail);
    return { outcome, detail: isStatus ? detail : "", bytes, rows };
  });
  return await Promise.all(asking);
}

test("any answer, cut anywhere, is to the lower lane what it is to undici", async () => {
  let answers: readonly PlayedAnswer[] = [];
  await using server = await startPlayer(() => answers);
  const outcomes = new Map<string, number>();
  const property = fc.asyncProperty(
    fc.array(anyAnswer, { minLength: ANSWERS_PER_RUN, maxLength: ANSWERS_PER_RUN }),
    async (played) => {
      answers = played;
      const mine = await told(server.url, "socket", played);
      const reference = await told(server.url, "undici", played);
      for (const [number, { pieces }] of played.entries()) {
        assert.deepEqual(mine[number], reference[number], JSON.stringify(pieces.join("")));
        const outcome = mine[number]?.outcome ?? "";
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
    },
  );
  await fc.assert(property, { numRuns: RUNS });
  for (const outcome of ["ok", "protocol", "http_4xx", "http_5xx"])
    assert.ok((outcomes.get(outcome) ?? 0) > 0, `${outcome} came about`);
});
