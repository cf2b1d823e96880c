/** Who is gone is known from the bus: nobody listens on a dead worker's subject. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bus } from "../../libs/bus/bus.ts";
import { namesFor } from "../../libs/protocol/names.ts";
import type { Heartbeat } from "../../libs/protocol/node.ts";
import type { NodeManager } from "../../services/coordinator/nodes/node-manager.ts";
import { watchPresence } from "../../services/coordinator/nodes/presence.ts";
import { manualClock } from "../support/manual-clock.ts";

/** Asks for one worker's presence once per word. @returns how often it was called gone */
async function timesGone(words: readonly (boolean | undefined)[]): Promise<number> {
  const clock = manualClock();
  const worker = { node_id: "w1", held: { run: ["0.0"] } } as unknown as Heartbeat;
  const nodes = { alive: () => [worker] } as unknown as NodeManager;
  const left = [...words];
  const bus = {
    names: namesFor("lb"),
    isConnected: () => true,
    isHeard: () => Promise.resolve(left.shift()),
  } as unknown as Bus;
  let gone = 0;
  const watch = watchPresence({ bus, clock, nodes }, () => gone++);
  while (left.length > 0) {
    clock.advance(250);
    await new Promise(setImmediate);
  }
  watch.close();
  return gone;
}

test("a worker on whose subject nobody listens twice is gone, and that is said once", async () => {
  assert.equal(await timesGone([true, false]), 0);
  assert.equal(await timesGone([true, false, false, false, false]), 1);
});

test("a link that was made anew in between is no death", async () => {
  assert.equal(await timesGone([false, true, false, true, false]), 0);
});

test("a question that nobody answered in time neither clears nor condemns", async () => {
  assert.equal(await timesGone([undefined, undefined, undefined]), 0);
  assert.equal(await timesGone([false, undefined, false]), 1);
});
