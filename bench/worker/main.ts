/** `npm run bench:worker`: what a query costs the worker, beside other generators and beside loops that only ask. */

import { parseArgs } from "node:util";
import { count } from "../../libs/report/words.ts";
import { readEnvironment } from "../../libs/runtime/config.ts";
import { temporaryFolder } from "../../test/support/folders.ts";
import { appendHistory, commitText } from "../support/history.ts";
import { machineText } from "../support/machine.ts";
import { type Spread, spreadOf } from "../support/medians.ts";
import { shuffled } from "../support/shuffled.ts";
import { table } from "../support/table.ts";
import { type Contestant, contestants } from "./contestants.ts";
import { type Measured, measure } from "./measure.ts";
import { obtainTools } from "./tools.ts";
import { SIZES, type Size, startWebServer } from "./web-server.ts";

const CONNECTIONS = 64;
/** Whole answers of the long size are few, so fewer are under way at the ends of the window. */
const STREAM_CONNECTIONS = 8;
/** What is in flight when a worker's memory is looked at. */
const MANY_CONNECTIONS = 1000;

const isWorker = ({ name }: Contestant) => name === "worker";

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      size: { type: "string", default: "small" },
      stream: { type: "boolean", default: false },
      rounds: { type: "string", default: "5" },
      window: { type: "string", default: "2000" },
      only: { type: "string" },
      beside: { type: "string" },
    },
  });
  const size = values.stream ? "5m" : values.size;
  if (!(size in SIZES)) throw new RangeError(`--size is one of ${Object.keys(SIZES).join(", ")}`);
  const rounds = Number(values.rounds);
  const windowMs = Number(values.window);
  if (!(rounds >= 1 && windowMs >= 500)) throw new RangeError("--rounds is 1 or more, --window 500 or more");
  return { size: size as Size, rounds, windowMs, only: values.only?.split(","), beside: values.beside };
}

/** Every generator once a round, in another order each time. */
async function runRounds(
  all: readonly Contestant[],
  rounds: number,
  run: (contestant: Contestant) => Promise<Measured>,
): Promise<Map<string, Measured[]>> {
  const measured = new Map<string, Measured[]>(all.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contestant of shuffled(all, round)) measured.get(contestant.name)?.push(await run(contestant));
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
  }
  return measured;
}

/** CPU milliseconds per thousand requests, or per gigabyte where answers are long. */
function costs(measured: readonly Measured[], size: Size): Spread {
  const perGb = size === "5m" ? 1e9 / SIZES[size] / 1000 : 1;
  return spreadOf(measured.map(({ cpuMs }) => cpuMs * perGb));
}

function show(all: readonly Contestant[], measured: Map<string, Measured[]>, size: Size): void {
  const unit = size === "5m" ? "CPU ms per GB" : "CPU ms per 1,000";
  const references = ["worker-beside", "wrk", "socket", "dispatch", "hey", "autocannon"].filter((name) =>
    measured.has(name),
  );
  const medians = new Map([...measured].map(([name, list]) => [name, costs(list, size).median]));
  const rows = all.map(({ name, what }) => {
    const list = measured.get(name) ?? [];
    const { median, least, most } = costs(list, size);
    return [
      name,
      what,
      median.toFixed(1),
      `${least.toFixed(1)}-${most.toFixed(1)}`,
      ...references.map((reference) => (median / (medians.get(reference) ?? Number.NaN)).toFixed(2)),
      count(Math.round(spreadOf(list.map(({ requestsPerSecond }) => requestsPerSecond)).median)),
      spreadOf(list.map(({ rssMb }) => rssMb)).median.toFixed(0),
    ];
  });
  const headings = ["generator", "", unit, "min-max", ...references.map((name) => `× ${name}`)];
  say(`\n${table([...headings, "requests/s", "MB"], rows)}`);
}

async function main(): Promise<void> {
  const { size, rounds, windowMs, only, beside } = readOptions();
  const tools = obtainTools(readEnvironment());
  using folder = temporaryFolder();
  await using server = await startWebServer(tools, size, folder.path);
  if (!server) throw new Error("nginx is not there and could not be fetched, so there is nothing to ask");
  const connections = size === "5m" ? STREAM_CONNECTIONS : CONNECTIONS;
  const all = contestants(tools, server.url, connections, folder.path, beside).filter(
    ({ name }) => only === undefined || only.includes(name),
  );
  say(`${machineText()}, commit ${commitText()}`);
  say(
    `answers of ${count(SIZES[size])} bytes, ${connections} connections, ${rounds} rounds of ${windowMs / 1000} s each`,
  );
  const measured = await runRounds(all, rounds, (one) => measure(one, server, windowMs, folder.path));
  show(all, measured, size);
  const figures = Object.fromEntries([...measured].map(([name, list]) => [name, costs(list, size)]));
  const crowded = contestants(tools, server.url, MANY_CONNECTIONS, folder.path).filter(isWorker).at(0);
  const isAsked = size !== "5m" && all.some(isWorker) && crowded !== undefined;
  const crowdedMb = isAsked && spreadOf([(await measure(crowded, server, windowMs, folder.path)).rssMb]);
  if (crowdedMb)
    say(`\none worker with ${count(MANY_CONNECTIONS)} queries in flight: ${crowdedMb.median.toFixed(0)} MB`);
  appendHistory("worker", { size, rounds, figures: { ...figures, ...(crowdedMb && { crowdedMb }) } });
}

await main();
