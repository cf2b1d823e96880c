/** Clients that listen and are slow: what waits for them is bounded, and what they miss is said. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogLine } from "../../libs/protocol/log-line.ts";
import { createLogRelay } from "../../libs/runtime/log-relay.ts";
import { listenerOver } from "../../services/coordinator/api/http/sse.ts";
import { tellLog } from "../../services/coordinator/api/http/streams.ts";
import { createLogBook } from "../../services/coordinator/api/log-book.ts";
import { manualClock } from "../support/manual-clock.ts";

const line = (n: number, more: Partial<LogLine> = {}): LogLine => ({
  ...{ v: 1, service: "worker", node_id: "worker-1", level: "info", time_ms: n, msg: `line ${n}` },
  ...more,
});

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A client whose every message waits until the test takes it. */
function slowClient() {
  const written: string[] = [];
  let take: () => void = () => undefined;
  let isGone = false;
  const wire = {
    write(text: string) {
      written.push(text);
      return new Promise<void>((resolve) => {
        take = resolve;
      });
    },
    isGone: () => isGone,
  };
  return {
    wire,
    written,
    async take() {
      take();
      await turn();
    },
    leave() {
      isGone = true;
    },
  };
}

test("a client that takes nothing for half a minute is let go", async () => {
  const clock = manualClock();
  const listener = listenerOver(clock, slowClient().wire);
  const sending = listener.send({ event: "live", data: {} });
  clock.advance(30_001);
  await assert.rejects(sending, /takes nothing/);
});

test("a stream that has nothing to say sends a sign of life before proxies lose patience", async () => {
  const clock = manualClock();
  const client = slowClient();
  const listener = listenerOver(clock, client.wire);
  for (let second = 0; second < 10; second++) {
    const pausing = listener.pause();
    clock.advance(1000);
    await turn();
    await client.take();
    await pausing;
  }
  assert.deepEqual(client.written, [":\n\n"]);
});

test("of more log lines than a slow client can take the newest are kept, and it is told how many it missed", async () => {
  const clock = manualClock();
  const client = slowClient();
  const listener = listenerOver(clock, client.wire);
  const book = createLogBook();
  const telling = tellLog(book, { node: "worker-1" }, listener);
  book.add(line(0));
  await turn();
  for (let n = 1; n <= 700; n++) book.add(line(n));
  book.add(line(9999, { node_id: "another" }));
  for (let n = 0; n < 510; n++) await client.take();
  assert.match(client.written.join(""), /event: left_out\ndata: \{"lines":200\}/);
  const told = [...client.written.join("").matchAll(/"msg":"line (\d+)"/g)].map(([, n]) => Number(n));
  assert.equal(told.length, 501);
  assert.deepEqual([told[0], told[1], told.at(-1)], [0, 201, 700]);
  client.leave();
  listener.wake();
  await telling;
});

test("a coordinator remembers the last few thousand lines, and finds those of a run and of a level", () => {
  const book = createLogBook();
  for (let n = 0; n < 25_000; n++) book.add(line(n, n % 2 === 0 ? { run_id: "even" } : { level: "error" }));
  const all = book.recent({}, 100_000);
  assert.ok(all.length >= 5000 && all.length < 10_000);
  assert.equal(all.at(-1)?.time_ms, 24_999);
  assert.deepEqual(
    book.recent({ run: "even" }, 2).map((each) => each.time_ms),
    [24_996, 24_998],
  );
  assert.equal(book.recent({ level: "warn" }, 1)[0]?.level, "error");
});

test("a service's lines wait for the bus, and one that says too much in a second is not heard out", () => {
  const clock = manualClock();
  const relay = createLogRelay(clock);
  const entry = (msg: string) =>
    JSON.stringify({ service: "worker", node_id: "w", level: "warn", time: 5, msg, run_id: "r", lane: 3 });
  relay.write(entry("before"));
  relay.write("not JSON");
  const sent: LogLine[] = [];
  relay.connect((each) => sent.push(each));
  assert.deepEqual(sent, [
    {
      v: 1,
      service: "worker",
      node_id: "w",
      level: "warn",
      time_ms: 5,
      msg: "before",
      run_id: "r",
      fields: { lane: 3 },
    },
  ]);
  for (let n = 0; n < 1000; n++) relay.write(entry(`line ${n}`));
  assert.equal(sent.length, 50);
  clock.advance(1000);
  relay.write(entry("later"));
  assert.equal(sent.at(-1)?.msg, "later");
});
