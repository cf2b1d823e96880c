/** A service whose parent is gone ends, also while it still waits for its server. */

import assert from "node:assert/strict";
import { type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort } from "../../services/cli/local/free-port.ts";

const program = fileURLToPath(new URL("../../bin/logburst.js", import.meta.url));

async function exitCodeOf(service: string): Promise<unknown> {
  const environment = { ...process.env, NATS_URL: `nats://127.0.0.1:${await freePort()}` };
  const stdio: StdioOptions = ["ignore", "ignore", "ignore", "ipc"];
  const child = spawn(process.execPath, [program, service], { stdio, env: environment });
  child.disconnect();
  const [code] = await once(child, "exit");
  return code;
}

test("services that wait for NATS do not outlive the process that started them", async () => {
  const codes = await Promise.all(["coordinator", "worker", "aggregator"].map(exitCodeOf));
  assert.deepEqual(codes, [1, 1, 1]);
});
