/** How the driver keeps its connections: used again as long as the server lets them, and never when in doubt. Both lanes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { systemClock } from "../../libs/runtime/clock.ts";
import { drive, LANES } from "../support/driving.ts";
import { eventually } from "../support/eventually.ts";
import { startKeepingServer } from "../support/keeping-server.ts";

const answerOf = (headers: string, body = '{"a":1}\n') =>
  `HTTP/1.1 200 OK\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;

for (const lane of LANES) {
  test(`${lane}: one connection serves one query after the other`, async () => {
    await using server = await startKeepingServer(() => answerOf(""));
    await using driving = drive(server.url, lane);
    for (let query = 0; query < 20; query++) {
      const { outcome, rows, bytes } = await driving.ask({ body: `query=${query}` });
      assert.deepEqual([outcome, rows, bytes], ["ok", 1, 8]);
    }
    assert.deepEqual([server.connections(), driving.driver.connections()], [1, 1]);
    assert.deepEqual(
      server.asked.map((request) => request.split("\r\n\r\n")[1]),
      Array.from({ length: 20 }, (_, query) => `query=${query}`),
    );
  });

  test(`${lane}: queries that are in flight together have a connection each`, async () => {
    await using server = await startKeepingServer(() => answerOf(""));
    await using driving = drive(server.url, lane);
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => driving.ask()));
    assert.deepEqual(new Set(outcomes.map(({ outcome }) => outcome)), new Set(["ok"]));
    assert.deepEqual([server.connections(), driving.driver.connections()], [10, 10]);
  });

  test(`${lane}: a server that says that it will close, or may do so at once, is connected to anew`, async () => {
    for (const header of ["connection: close\r\n", "keep-alive: timeout=1\r\n"]) {
      await using server = await startKeepingServer(() => answerOf(header));
      await using driving = drive(server.url, lane);
      for (let query = 0; query < 3; query++) assert.equal((await driving.ask()).outcome, "ok");
      assert.equal(server.connections(), 3, header);
    }
  });

  test(`${lane}: a connection that the server ended while it was idle is made anew`, async () => {
    await using server = await startKeepingServer(() => answerOf(""));
    await using driving = drive(server.url, lane);
    assert.equal((await driving.ask()).outcome, "ok");
    server.endAll();
    await setTimeout(50);
    assert.equal((await driving.ask()).outcome, "ok");
    assert.equal(server.connections(), 2);
  });

  test(`${lane}: bytes behind an answer are not taken for the next one`, async () => {
    const surplus = "HTTP/1.1 500 Never\r\ncontent-length: 0\r\n\r\n";
    await using server = await startKeepingServer((request) => answerOf("") + (request === 0 ? surplus : ""));
    await using driving = drive(server.url, lane);
    assert.equal((await driving.ask()).outcome, "ok");
    assert.equal((await driving.ask()).outcome, "ok");
    assert.equal(server.connections(), 2);
  });

  test(`${lane}: bytes that nobody asked for end an idle connection`, async () => {
    await using server = await startKeepingServer((_request, socket) => {
      setTimeout(20).then(() => socket.write("HTTP/1.1 500 Never\r\ncontent-length: 0\r\n\r\n"));
      return answerOf("");
    });
    await using driving = drive(server.url, lane);
    assert.equal((await driving.ask()).outcome, "ok");
    await setTimeout(100);
    assert.equal((await driving.ask()).outcome, "ok");
    assert.equal(server.connections(), 2);
  });

  test(`${lane}: a body is sent in UTF-8 with its length in bytes, and headers as they are given`, async () => {
    await using server = await startKeepingServer(() => answerOf(""));
    await using driving = drive(server.url, lane);
    const headers = ["X-Own", "a b", "authorization", "Basic eDp5"];
    await driving.ask({ path: "/a?b=c", headers, body: "query=€" });
    const text = Buffer.from(server.asked[0] ?? "", "latin1").toString();
    assert.match(text, /^POST \/a\?b=c HTTP\/1\.1\r\nhost: localhost:\d+\r\n/);
    assert.match(text, /\r\nX-Own: a b\r\nauthorization: Basic eDp5\r\ncontent-length: 9\r\n\r\nquery=€$/);
  });

  test(`${lane}: a header that would break out of the head is not sent`, async () => {
    await using server = await startKeepingServer(() => answerOf(""));
    await using driving = drive(server.url, lane);
    for (const headers of [
      ["x-a", "b\r\nx-injected: 1"],
      ["x a", "b"],
      ["content-length", "3"],
    ])
      assert.notEqual((await driving.ask({ headers })).outcome, "ok");
    assert.equal((await driving.ask({ headers: ["x-a", "b"] })).outcome, "ok");
    assert.equal(server.asked.length, 1);
  });

  test(`${lane}: a query on an idle connection is sent at once`, async () => {
    await using server = await startKeepingServer(() => answerOf(""));
    await using driving = drive(server.url, lane);
    await driving.ask();
    const delaysMs: number[] = [];
    for (let query = 0; query < 101; query++) {
      await setTimeout(3);
      const calledMs = systemClock.nowMs();
      delaysMs.push((await driving.ask()).sentMs - calledMs);
    }
    delaysMs.sort((a, b) => a - b);
    assert.ok((delaysMs[50] as number) < 0.5, `median ${delaysMs[50]} ms`);
    assert.equal(server.connections(), 1);
  });

  test(`${lane}: what is in flight when the driver stops is aborted, also what is still connecting`, async () => {
    await using server = await startKeepingServer(() => "");
    await using driving = drive(server.url, lane);
    const waiting = driving.ask();
    await eventually("the query to arrive", () => server.asked.length === 1);
    const connecting = driving.ask();
    driving.driver.abortAll();
    assert.deepEqual([(await waiting).outcome, (await connecting).outcome], ["aborted", "aborted"]);
  });
}
