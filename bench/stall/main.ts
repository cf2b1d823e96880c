/** `npm run bench:stall`: a target stalls once for two seconds; what do load generators say of it, and what is true? */

import { parseArgs } from "node:util";
import { readEnvironment } from "../../libs/runtime/config.ts";
import { temporaryFolder } from "../../test/support/folders.ts";
import { appendHistory, commitText } from "../support/history.ts";
import { machineText } from "../support/machine.ts";
import { spreadOf } from "../support/medians.ts";
import { shuffled } from "../support/shuffled.ts";
import { table } from "../support/table.ts";
import { startCheapTarget } from "../support/target.ts";
import { obtainTools } from "../worker/tools.ts";
import { type Reporter, reporters, type Said } from "./reporters.ts";
import { type Stall, trueP99Ms } from "./truth.ts";

const STALL: Stall = { ratePerS: 500, seconds: 20, delayMs: 20, fromMs: 10_000, lengthMs: 2000 };
/** How far our own may be off. */
const ALLOWED = 0.01;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One run against a target of its own, which stalls in its middle. */
async function ask(reporter: Reporter): Promise<Said> {
  const { delayMs, fromMs, lengthMs } = STALL;
  await using target = await startCheapTarget({ delayMs, stallAfterMs: fromMs, stallMs: lengthMs });
  return await reporter.ask(target.url);
}

const milliseconds = (value: number | undefined) => (value === undefined ? "" : `${value.toFixed(0)} ms`);
const percent = (share: number) => `${share > 0 ? "+" : ""}${(share * 100).toFixed(1)} %`;

function rowOf({ name, what }: Reporter, list: readonly Said[], trueMs: number): string[] {
  const { median, least, most } = spreadOf(list.map(({ p99Ms }) => p99Ms));
  const services = list.flatMap(({ serviceP99Ms }) => serviceP99Ms ?? []);
  return [
    name,
    what,
    milliseconds(median),
    `${least.toFixed(0)}-${most.toFixed(0)}`,
    percent(median / trueMs - 1),
    services.length === 0 ? "" : milliseconds(spreadOf(services).median),
  ];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: "string", default: "5" }, only: { type: "string" } },
  });
  const rounds = Number(values.rounds);
  if (!(rounds >= 1)) throw new RangeError("--rounds is 1 or more");
  const only = values.only?.split(",");
  using folder = temporaryFolder();
  const all = reporters(obtainTools(readEnvironment()), STALL, folder.path).filter(
    ({ name }) => only === undefined || only.includes(name),
  );
  const trueMs = trueP99Ms(STALL);
  say(`${machineText()}, commit ${commitText()}`);
  say(
    `answers take ${STALL.delayMs} ms; after ${STALL.fromMs / 1000} of ${STALL.seconds} s none comes for ${STALL.lengthMs / 1000} s; ${rounds} rounds`,
  );
  const said = new Map<string, Said[]>(all.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const reporter of shuffled(all, round)) said.get(reporter.name)?.push(await ask(reporter));
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
  }
  const rows = all.map((reporter) => rowOf(reporter, said.get(reporter.name) ?? [], trueMs));
  const truth = ["the truth", `users that come ${STALL.ratePerS} a second`, milliseconds(trueMs), "", "", ""];
  say(`\n${table(["", "", "p99", "min-max", "off by", "service p99"], [truth, ...rows])}`);
  const medians = Object.fromEntries(
    [...said].map(([name, list]) => [name, spreadOf(list.map(({ p99Ms }) => p99Ms)).median]),
  );
  appendHistory("stall", { rounds, true_p99_ms: trueMs, p99_ms: medians });
  const [own] = all;
  const ownMs = own && medians[own.name];
  if (own?.name === "logburst run" && !(Math.abs((ownMs as number) / trueMs - 1) <= ALLOWED)) {
    say(`our own is off by more than ${percent(ALLOWED)}`);
    process.exitCode = 1;
  }
}

await main();
