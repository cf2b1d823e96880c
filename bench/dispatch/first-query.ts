/** From the moment at which a leader publishes a slice that is due to its first query at the target: a real worker between them. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { connectBus } from "../../libs/bus/connect.ts";
import { sliceId } from "../../libs/protocol/ids.ts";
import { RunRecord, runKey, specKey } from "../../libs/protocol/run.ts";
import type { CountSlice } from "../../libs/protocol/slice.ts";
import { sleep, systemClock } from "../../libs/runtime/clock.ts";
import { startProgram } from "../../services/cli/local/child.ts";
import { eventually } from "../../test/support/eventually.ts";
import { temporaryFolder } from "../../test/support/folders.ts";
import { startNats } from "../../test/support/servers.ts";
import { benchmark } from "../../test/support/system.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/logburst.js", import.meta.url));
const RUN = "bench";
const POOL = "default";
const TRIES = 20;
/** A slice's result is stored and acknowledged before the next one is published. */
const PAUSE_MS = 20;

/** A target that tells when it was asked. */
async function startTarget(asked: () => void) {
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      asked();
      response.writeHead(200, { "content-type": "application/stream+json" }).end('{"_msg":"a row"}\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.dispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Milliseconds for each of so many slices of one query, one after the other; the first ones warm the parts up and do not count. */
export async function firstQueriesMs(samples: number, warmUp: number): Promise<number[]> {
  let askedMs: number | undefined;
  using target = await startTarget(() => {
    askedMs = systemClock.nowMs();
  });
  await using nats = await startNats();
  await using bus = await connectBus({ url: nats.url, prefix: "lb", name: "leader", waitForServer: false });
  await bus.provision(1);
  await bus.ensurePool(POOL);
  const total = samples + warmUp;
  const workload = { model: "count", total_queries: total * 10, total_concurrent_users: 1, lanes: 1 };
  const bucket = await bus.runsBucket();
  await bucket.put(
    specKey(RUN, 1),
    benchmark(target.url, { workload, queries: [{ name: "all", template: "*" }] }),
  );
  const record = RunRecord.parse({
    ...{ v: 1, id: RUN, name: RUN, model: "count", phase: "running", epoch: 1, revision: 1, seed: 1 },
    ...{ schedule_hash: "", created_ms: 0, slots_needed: 1 },
  });
  await bucket.put(runKey(RUN), record);
  bus.serve(bus.names.subjects.time, () => ({ now_ms: systemClock.nowMs() }));
  using folder = temporaryFolder();
  const environment = { NATS_URL: nats.url, LOGBURST_HTTP_PORT: "0" };
  await using _worker = startProgram("worker", PROGRAM, ["worker"], environment, `${folder.path}/log`);
  const t0Ms = systemClock.nowMs();
  const tookMs: number[] = [];
  for (let window = 0; window < total; window++) {
    askedMs = undefined;
    const publishedMs = systemClock.nowMs();
    const slice: CountSlice = {
      ...{ v: 1, kind: "count", run: RUN, epoch: 1, revision: 1, published_ms: publishedMs, t0_ms: t0Ms },
      ...{ lane: 0, window, first: window * 10, count: 1 },
    };
    await bus.append(bus.names.subjects.slice(POOL, RUN, 0, window), slice, {
      id: sliceId(RUN, 0, window),
      tries: TRIES,
    });
    const atMs = await eventually("the query", () => askedMs);
    if (window >= warmUp) tookMs.push(atMs - publishedMs);
    await sleep(systemClock, PAUSE_MS);
  }
  return tookMs;
}
