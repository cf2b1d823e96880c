/** Two hundred clients that listen to a run, one of which takes nothing: the others hear all that is new, and nothing piles up. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import type { Bucket, Bus } from "../../libs/bus/bus.ts";
import { Live } from "../../libs/protocol/live.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { listen } from "../../libs/runtime/http.ts";
import { createStreaming } from "../../services/coordinator/api/http/sse.ts";
import { tellRun } from "../../services/coordinator/api/http/streams.ts";
import { createLiveBook } from "../../services/coordinator/api/live-book.ts";
import { eventually } from "../support/eventually.ts";
import { type Heard, listenTo } from "../support/sse.ts";

const CLIENTS = 200;
/** Figures that all of them hear, each of the size of a busy run's. */
const ROUNDS = 20;
const ROUND_BYTES = 20_000;
/** Then figures for the stalled one alone: sixty megabytes, of which its connection's own buffers take some. */
const UNHEARD = 300;
const UNHEARD_BYTES = 200_000;
const MOST_GROWTH_BYTES = 30_000_000;

const RECORD = {
  ...{ v: 1, id: "r1", name: "test", model: "open", phase: "running", epoch: 1, revision: 1, seed: 1 },
  ...{ schedule_hash: "x", created_ms: 0, slots_needed: 1 },
};

function live(second: number, bytes: number): Live {
  const ledger = {
    planned: 0,
    ok: 0,
    failed: 0,
    timed_out: 0,
    missed: 0,
    lost: 0,
    cancelled: 0,
    superseded: 0,
  };
  return {
    ...{ v: 1, run: "r1", at_ms: 0, phase: "running", elapsed_ms: second * 1000, load: 1, offered_per_s: 1 },
    ...{ windows: [], ledger, in_flight: 0, workers: 1, slices_settled: 0, slices_redelivered: 0 },
    ...{ results_refused: 0, thresholds: [], servers: [], queries: [] },
    errors: [{ query: "q".repeat(bytes), class: "parse", detail: "", count: 1, first_ms: 0, last_ms: 0 }],
  };
}

/** A bus of which a run's listeners need three things: what is live, the log of events, and the record. */
function quietBus() {
  const hearing = new Set<(data: Uint8Array) => void>();
  const bus = {
    names: { streams: { events: "e" }, subjects: { live: () => "live", eventsOfRun: () => "events" } },
    subscribe(subject: string, hear: (data: Uint8Array) => void) {
      if (subject === "live") hearing.add(hear);
      return { close: () => hearing.delete(hear) };
    },
    read: async () => [],
  };
  const runs = {
    get: async () => ({ value: RECORD, revision: 1 }),
  };
  return { parts: { bus: bus as unknown as Bus, runs: runs as unknown as Bucket }, hearing };
}

function serve() {
  const quiet = quietBus();
  const app = new Hono();
  const streaming = createStreaming(systemClock);
  const parts = { ...quiet.parts, lives: createLiveBook() };
  app.get("/stream", (context) => streaming.stream(context, (listener) => tellRun(parts, "r1", 1, listener)));
  return { app, hearing: quiet.hearing };
}

test("one of two hundred clients stalls: the others hear the newest, and what waits for it stays small", async () => {
  const { app, hearing } = serve();
  const server = await listen(app, "127.0.0.1", 0);
  const url = `${server.url}/stream`;
  const secondOf = ({ data }: Heard) => Live.parse(data).elapsed_ms / 1000;
  const lasts = Array.from({ length: CLIENTS - 1 }, () => 0);
  function tell(second: number, bytes: number): void {
    const data = new TextEncoder().encode(JSON.stringify(live(second, bytes)));
    for (const hear of hearing) hear(data);
  }
  try {
    const stalled = listenTo(url);
    const first = stalled.next();
    const others = lasts.map(async (_, index) => {
      for await (const heard of listenTo(url)) {
        lasts[index] = secondOf(heard);
        if (lasts[index] === ROUNDS) break;
      }
    });
    await eventually("all of them listen", () => hearing.size === CLIENTS);
    for (let second = 1; second <= ROUNDS; second++) {
      tell(second, ROUND_BYTES);
      await eventually("the others hear it", () => lasts.every((last) => last === second));
    }
    await Promise.all([first, ...others]);
    await eventually("it is the last one", () => hearing.size === 1);
    const before = heldBytes();
    for (let second = ROUNDS + 1; second <= ROUNDS + UNHEARD; second++) {
      tell(second, UNHEARD_BYTES);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const grownBytes = heldBytes() - before;
    assert.ok(grownBytes < MOST_GROWTH_BYTES, `${Math.round(grownBytes / 1e6)} MB more`);
    let count = 1;
    for await (const heard of stalled) {
      count++;
      if (secondOf(heard) === ROUNDS + UNHEARD) break;
    }
    assert.ok(count < ROUNDS + UNHEARD, "what it did not take in time was replaced by what was newer");
  } finally {
    await server.close();
  }
});

/** Of buffers: what was said and is no longer needed may still lie on the heap. */
function heldBytes(): number {
  return process.memoryUsage().external;
}
