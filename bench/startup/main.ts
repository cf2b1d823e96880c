/** `npm run bench:startup`: how long it takes from the command line to a run's first query, with a private system started for it. */

import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../libs/runtime/clock.ts";
import { startProgram } from "../../services/cli/local/child.ts";
import { temporaryFolder } from "../../test/support/folders.ts";
import { benchmark } from "../../test/support/system.ts";
import { appendHistory, commitText } from "../support/history.ts";
import { machineText } from "../support/machine.ts";
import { spreadOf } from "../support/medians.ts";
import { numbersFrom } from "../support/options.ts";
import { table } from "../support/table.ts";

const DEFAULTS = { rounds: 5, workers: 2 };
const PROGRAM = fileURLToPath(new URL("../../bin/logburst.js", import.meta.url));
/** One short run: what is measured is all around it. */
const WORKLOAD = { model: "open", target_qps: 20, duration: 2 };

interface Start {
  readonly firstQueryMs: number;
  readonly endMs: number;
}

/** A target that answers at once and tells when it was asked first. */
async function startTarget() {
  let firstMs: number | undefined;
  const server = createServer((request, response) => {
    // Only queries count: a target may be asked whether it is there.
    if (request.method === "POST") firstMs ??= systemClock.nowMs();
    request.resume().on("end", () => {
      response.writeHead(200, { "content-type": "application/stream+json" }).end('{"_msg":"a row"}\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    firstMs: () => firstMs,
    [Symbol.dispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** `logburst run --local` from its start to its first query, and to its end. */
async function start(workers: number): Promise<Start> {
  using target = await startTarget();
  using folder = temporaryFolder();
  const file = `${folder.path}/run.json`;
  writeFileSync(
    file,
    JSON.stringify(benchmark(target.url, { workload: WORKLOAD, queries: [{ name: "all", template: "*" }] })),
  );
  const args = ["run", file, "--local", "--workers", String(workers), "--out", `${folder.path}/out`];
  const sinceMs = systemClock.nowMs();
  await using child = startProgram("run", PROGRAM, args, {}, `${folder.path}/log`);
  await child.exited;
  const firstMs = target.firstMs();
  if (firstMs === undefined) throw new Error(`no query came; the run's words are in ${folder.path}/log`);
  return { firstQueryMs: firstMs - sinceMs, endMs: systemClock.nowMs() - sinceMs };
}

async function main(): Promise<void> {
  const { rounds, workers } = numbersFrom(process.argv.slice(2), DEFAULTS);
  process.stdout.write(`${machineText()}, commit ${commitText()}\n`);
  process.stdout.write(
    `${workers} workers, a run of ${WORKLOAD.duration} s, medians of ${rounds} rounds\n\n`,
  );
  const starts: Start[] = [];
  // The first start reads its files from the disk.
  await start(workers);
  for (let round = 0; round < rounds; round++) starts.push(await start(workers));
  const first = spreadOf(starts.map(({ firstQueryMs }) => firstQueryMs));
  const end = spreadOf(starts.map(({ endMs }) => endMs));
  const rows = [
    ["command to first query", first] as const,
    [`command to exit, with the ${WORKLOAD.duration} s of the run`, end] as const,
  ].map(([what, { median, least, most }]) => [
    what,
    (median / 1000).toFixed(2),
    `${(least / 1000).toFixed(2)}–${(most / 1000).toFixed(2)}`,
  ]);
  process.stdout.write(`${table(["seconds", "median", "lowest–highest"], rows)}\n`);
  appendHistory("startup", { workers, first_query_ms: first, exit_ms: end });
}

await main();
