/** A run that goes on while its leaders change: a worker, an aggregator and a target as processes of their own. */

import { join } from "node:path";
import type { Report } from "../../libs/protocol/report.ts";
import { isFinal, type RunRecord } from "../../libs/protocol/run.ts";
import { sleep, systemClock } from "../../libs/runtime/clock.ts";
import { readEnvironment } from "../../libs/runtime/config.ts";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { connectClient } from "../../services/cli/client.ts";
import { startProgram } from "../../services/cli/local/child.ts";
import { temporaryFolder } from "../../test/support/folders.ts";
import { benchmark } from "../../test/support/system.ts";
import { startCheapTarget } from "../support/target.ts";

export interface LiveRunOutcome {
  readonly record: RunRecord;
  readonly report: Report | undefined;
  readonly targetQueries: number;
  readonly switches: number;
}

const PROGRAM = join(PACKAGE_ROOT, "dist", "bin", "logburst.js");
const RATE = 50;
const DURATION_S = 20;
/** So many switches follow each other at once, as fast as they go; then a leader has a while to drive the run on. */
const BURST = 3;
const PAUSE_MS = 1500;

/** @param switchOver called again and again while the run is under way */
export async function runThroughSwitches(
  natsUrl: string,
  switchOver: () => Promise<void>,
): Promise<LiveRunOutcome> {
  using folder = temporaryFolder();
  const start = (role: string) =>
    startProgram(
      role,
      PROGRAM,
      [role],
      { NATS_URL: natsUrl, NODE_ID: role, LOGBURST_HTTP_PORT: "0", LOGBURST_RESULTS_DIR: folder.path },
      join(folder.path, `${role}.log`),
    );
  await using target = await startCheapTarget();
  await using _aggregator = start("aggregator");
  await using _worker = start("worker");
  await using client = await connectClient(readEnvironment(), natsUrl, systemClock);
  const config = benchmark(target.url, {
    workload: { model: "open", target_qps: RATE, duration: DURATION_S },
    queries: [{ name: "all", template: "*" }],
  });
  const submitted = await client.submit(JSON.stringify(config));
  let record = submitted;
  let switches = 0;
  const followed = client.follow(submitted.id, {
    record: (seen) => {
      record = seen;
    },
    live: () => undefined,
  });
  while (!isFinal(record.phase)) {
    for (let burst = 0; burst < BURST && !isFinal(record.phase); burst++, switches++) await switchOver();
    await sleep(systemClock, PAUSE_MS);
  }
  const last = await followed;
  return {
    record: last,
    report: await client.report(last.id),
    targetQueries: await target.count(),
    switches,
  };
}
