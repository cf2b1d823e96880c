/**
 * A server may end an idle connection just when a query is on its way to it. Such a query is sent again, once, and says so;
 * whatever a server may have taken up is not. Both lanes.
 */

import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { drive, LANES } from "../support/driving.ts";
import { startKeepingServer } from "../support/keeping-server.ts";

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n{"a":1}\n';

/** A server that does to each request what its turn says; requests beyond these are answered. */
function serverThat(turns: readonly ((socket: Socket) => string)[]) {
  return startKeepingServer((request, socket) => turns[request]?.(socket) ?? ANSWER);
}

const answer = () => ANSWER;
const reset = (socket: Socket) => {
  socket.resetAndDestroy();
  return "";
};
const end = (socket: Socket) => {
  socket.end();
  return "";
};
const beginAndReset = (socket: Socket) => {
  socket.write("HTTP/1.1 200 OK\r\n", () => void setTimeout(50).then(() => socket.resetAndDestroy()));
  return "";
};
const resetLate = (socket: Socket) => {
  void setTimeout(1200).then(() => socket.resetAndDestroy());
  return "";
};

for (const lane of LANES) {
  for (const [how, crossed] of [
    ["reset", reset],
    ["ended", end],
  ] as const) {
    test(`${lane}: a query whose used connection is ${how} without a word is sent again, once, and says so`, async () => {
      await using server = await serverThat([answer, crossed, answer, crossed, crossed]);
      await using driving = drive(server.url, lane);
      const told = [await driving.ask(), await driving.ask(), await driving.ask()];
      assert.deepEqual(
        told.map(({ outcome, resent, rows }) => [outcome, resent, rows]),
        [
          ["ok", false, 1],
          ["ok", true, 1],
          ["protocol", true, 0],
        ],
      );
      assert.deepEqual([server.asked.length, server.connections()], [5, 3]);
      const [after] = [await driving.ask()];
      assert.deepEqual([after.outcome, after.resent], ["ok", false], "what comes after it is not harmed");
    });
  }

  test(`${lane}: a query that was sent again is as old as its first send`, async () => {
    const slowlyReset = (socket: Socket) => {
      void setTimeout(100).then(() => socket.resetAndDestroy());
      return "";
    };
    await using server = await serverThat([answer, slowlyReset]);
    await using driving = drive(server.url, lane);
    await driving.ask();
    const { outcome, resent, sentMs, doneMs } = await driving.ask();
    assert.deepEqual([outcome, resent], ["ok", true]);
    assert.ok(doneMs - sentMs >= 90, `${doneMs - sentMs} ms`);
  });

  test(`${lane}: a query is not sent again over a fresh connection, nor where a part of its answer has come`, async () => {
    await using fresh = await serverThat([reset]);
    await using first = drive(fresh.url, lane);
    const refused = await first.ask();
    assert.deepEqual([refused.outcome, refused.resent, fresh.asked.length], ["protocol", false, 1]);
    await using begun = await serverThat([
      answer,
      (socket) => `${beginAndReset(socket)}content-length: 8\r\n\r\n{"a"`,
    ]);
    await using second = drive(begun.url, lane);
    await second.ask();
    const broken = await second.ask();
    assert.deepEqual([broken.outcome, broken.resent, begun.asked.length], ["protocol", false, 2]);
  });

  test(`${lane}: a query that the server had for longer than a crossing takes is not sent again`, async () => {
    await using server = await serverThat([answer, resetLate]);
    await using driving = drive(server.url, lane);
    await driving.ask();
    const { outcome, resent } = await driving.ask();
    assert.deepEqual([outcome, resent, server.asked.length], ["protocol", false, 2]);
  });

  test(`${lane}: a server that ends connections after some idle milliseconds costs no query`, async () => {
    const idle = new Map<Socket, NodeJS.Timeout>();
    await using server = await startKeepingServer((_request, socket) => {
      clearTimeout(idle.get(socket));
      idle.set(
        socket,
        globalThis.setTimeout(() => socket.end(), 5),
      );
      return ANSWER;
    });
    await using driving = drive(server.url, lane);
    for (let query = 0; query < 100; query++) {
      const { outcome, message } = await driving.ask();
      assert.equal(outcome, "ok", message);
      await setTimeout(4 + (query % 4));
    }
    assert.ok(server.connections() > 1, "connections were ended on the way");
    for (const timer of idle.values()) clearTimeout(timer);
  });
}
