/** How a leader asks the target's servers: one at a time, never twice at once, seldom where nothing comes, and not at all where it must not. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bus } from "../../libs/bus/bus.ts";
import type { Telemetry, Told } from "../../libs/engines/engine.ts";
import { namesFor } from "../../libs/protocol/names.ts";
import { LogEntry, type ServerEntry } from "../../libs/protocol/result.ts";
import type { RunRecord } from "../../libs/protocol/run.ts";
import { createLog } from "../../libs/runtime/log.ts";
import type { RunLog } from "../../services/coordinator/run/log.ts";
import { createScraper } from "../../services/coordinator/run/servers/scraper.ts";
import { config } from "../support/configs.ts";
import { manualClock } from "../support/manual-clock.ts";

const GOOD: Told = { values: { cpu_s: 1, queries: 5 }, identity: { version: "v1", flags: { a: "b" } } };

/** A scraper of servers that answer when the test lets them. */
function scraping(servers: number, canStore = true) {
  const clock = manualClock();
  const stored: ServerEntry[] = [];
  const asked: { server: number; answer: (told: Told) => void }[] = [];
  let closed = 0;
  let mayAct = true;
  const bus = {
    names: namesFor("lb"),
    async append(subject: string, message: unknown, { tries }: { tries: number }) {
      assert.equal(subject, "lb.result.run.0");
      assert.equal(tries, 1, "nothing waits for a sample");
      if (!canStore) throw new Error("no bus");
      stored.push(LogEntry.parse(message) as ServerEntry);
      return { kind: "stored", seq: 1, duplicate: false } as const;
    },
  };
  const open = (): Telemetry[] =>
    Array.from({ length: servers }, (_, server) => ({
      ask: () => new Promise((answer) => asked.push({ server, answer })),
      async close() {
        closed++;
      },
    }));
  const scraper = createScraper({
    bus: bus as unknown as Bus,
    node: "coordinator",
    clock,
    log: createLog("test", "test", "silent"),
    config: config(),
    runLog: { record: () => ({ id: "run", epoch: 3 }) as RunRecord } as RunLog,
    openServers: open,
    mayAct: () => mayAct,
    runMs: () => clock.nowMs() - 1_000_000,
  });
  return {
    ...{ clock, stored, asked, scraper },
    closed: () => closed,
    depose: () => {
      mayAct = false;
    },
    /** Lets time pass as a leader does, tick by tick. */
    async wait(ms: number) {
      for (let passed = 0; passed < ms; passed += 50) {
        clock.advance(50);
        scraper.tick();
        await settled();
      }
    },
    async answer(told: Told) {
      asked.at(-1)?.answer(told);
      await settled();
    },
  };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

test("servers are asked one after the other each two seconds, and what they say is one entry of the log", async () => {
  const { wait, answer, asked, stored } = scraping(2);
  await wait(50);
  assert.deepEqual(
    asked.map(({ server }) => server),
    [0],
  );
  await answer(GOOD);
  assert.deepEqual(
    asked.map(({ server }) => server),
    [0, 1],
  );
  await answer({ failure: "no answer within 2 s", isFinal: false });
  assert.deepEqual(
    stored.map(({ epoch, node }) => ({ epoch, node })),
    [{ epoch: 3, node: "coordinator" }],
  );
  assert.deepEqual(stored[0]?.samples, [
    { server: 0, at_ms: 50, ...GOOD },
    { server: 1, at_ms: 50, failure: "no answer within 2 s" },
  ]);
  await wait(1900);
  assert.equal(asked.length, 2);
  await wait(100);
  assert.equal(asked.length, 3);
});

test("a server that does not answer is not asked a second time meanwhile", async () => {
  const { wait, asked } = scraping(1);
  await wait(30_000);
  assert.equal(asked.length, 1);
});

test("who a server is, is said once, and again when it is another one", async () => {
  const { wait, answer, stored } = scraping(1);
  const other = { ...GOOD, identity: { version: "v2", flags: {} } };
  for (const told of [GOOD, GOOD, other, other]) {
    await wait(2000);
    await answer(told);
  }
  assert.deepEqual(
    stored.map(({ samples: [sample] }) => sample?.identity?.version),
    ["v1", undefined, "v2", undefined],
  );
});

test("a server that has no such page is asked once, and the others go on", async () => {
  const { wait, answer, asked, stored } = scraping(2);
  await wait(50);
  await answer({ failure: "status 404", isFinal: true });
  await answer(GOOD);
  for (let round = 0; round < 5; round++) {
    await wait(2000);
    await answer(GOOD);
  }
  assert.equal(asked.filter(({ server }) => server === 0).length, 1);
  assert.equal(stored.flatMap(({ samples }) => samples).filter(({ failure }) => failure).length, 1);
  assert.ok(asked.filter(({ server }) => server === 1).length > 3);
});

test("a server that is down is asked seldom, and as before when it is back", async () => {
  const { wait, answer, asked } = scraping(1);
  const askedIn = async (ms: number, told: Told) => {
    const before = asked.length;
    for (let passed = 0; passed < ms; passed += 1000) {
      await wait(1000);
      await answer(told);
    }
    return asked.length - before;
  };
  await askedIn(12_000, { failure: "connect ECONNREFUSED", isFinal: false });
  const seldom = await askedIn(60_000, { failure: "connect ECONNREFUSED", isFinal: false });
  assert.ok(seldom >= 1 && seldom <= 3, `${seldom} in a minute`);
  await askedIn(40_000, GOOD);
  assert.ok((await askedIn(20_000, GOOD)) >= 8);
});

test("a leader that is deposed meanwhile asks nobody more, and stores nothing", async () => {
  const { wait, answer, asked, stored, depose } = scraping(2);
  await wait(50);
  depose();
  await answer(GOOD);
  assert.equal(asked.length, 1);
  assert.deepEqual(stored, []);
});

test("a sample that the bus does not take is lost, and the next one is read", async () => {
  const { wait, answer, asked } = scraping(1, false);
  for (let round = 0; round < 3; round++) {
    await wait(2000);
    await answer(GOOD);
  }
  assert.equal(asked.length, 3);
});

test("when a run is over its servers are let go", async () => {
  const { wait, answer, scraper, asked, stored, closed } = scraping(2);
  await wait(50);
  await scraper.close();
  assert.equal(closed(), 2);
  await answer(GOOD);
  await wait(5000);
  assert.equal(asked.length, 1);
  assert.deepEqual(stored, []);
});
