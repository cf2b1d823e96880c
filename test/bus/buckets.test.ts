/** Buckets as services rely on them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { connectBus } from "../../libs/bus/connect.ts";
import { DEFAULT_PREFIX } from "../../libs/protocol/names.ts";
import { startNats } from "../support/servers.ts";

const LISTINGS = 150;
const KEYS = ["run.a", "run.b", "run.c"];

test("a key that is rewritten while the keys are listed is listed once", async () => {
  await using nats = await startNats();
  const options = { url: nats.url, prefix: DEFAULT_PREFIX, waitForServer: false };
  await using writer = await connectBus({ ...options, name: "writer" });
  await using reader = await connectBus({ ...options, name: "reader" });
  await writer.provision(1);
  const [written, read] = [await writer.runsBucket(), await reader.runsBucket()];
  let listing = true;
  const writing = KEYS.map(async (key) => {
    for (let value = 0; listing; value++) await written.put(key, { value });
  });
  try {
    for (let listed = 0; listed < LISTINGS; listed++) {
      const keys = await read.keys("run.*");
      assert.equal(new Set(keys).size, keys.length, `listed ${keys.join(" ")}`);
    }
  } finally {
    listing = false;
    await Promise.all(writing);
  }
  assert.deepEqual((await read.keys("run.*")).sort(), KEYS);
});
