/** `npm run bench:pacing`: how late queries of the open model are sent, and what keeping time costs. */

import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { count } from "../../libs/report/words.ts";
import { readEnvironment } from "../../libs/runtime/config.ts";
import { temporaryFolder } from "../../test/support/folders.ts";
import { appendHistory, commitText } from "../support/history.ts";
import { machineText } from "../support/machine.ts";
import { spreadOf } from "../support/medians.ts";
import { shuffled } from "../support/shuffled.ts";
import { table } from "../support/table.ts";
import { startCheapTarget } from "../support/target.ts";
import { obtainTools } from "../worker/tools.ts";
import { type Generator, generators, type Measured, placeTarget, type Round } from "./measure.ts";

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      rates: { type: "string", default: "100,1000,2000,5000,10000" },
      rounds: { type: "string", default: "5" },
      warm: { type: "string", default: "10" },
      seconds: { type: "string", default: "4" },
      delay: { type: "string", default: "0" },
      only: { type: "string" },
    },
  });
  const rates = values.rates.split(",").map(Number);
  const [rounds = 0, warmS = 0, seconds = 0, delayMs = 0] = [
    ...[values.rounds, values.warm, values.seconds, values.delay].map(Number),
  ];
  if (![...rates, rounds, seconds].every((value) => value >= 1)) {
    throw new RangeError("--rates, --rounds and --seconds take numbers from 1 on");
  }
  return { rates, rounds, delayMs, only: values.only?.split(","), round: { warmS, seconds } };
}

/** Whether processes may be put before all others, so that what else the machine does hardly counts. */
function mayGoFirst(): boolean {
  try {
    execFileSync("chrt", ["-r", "10", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** The median over the rounds, as text with so many digits. */
function median(
  list: readonly Measured[],
  of: (one: Measured) => number | undefined,
  digits: number,
): string {
  const values = list.map(of).filter((value) => value !== undefined);
  return values.length === 0 ? "" : spreadOf(values).median.toFixed(digits);
}

function rowOf(
  { name, what }: Generator,
  list: readonly Measured[],
  reference: number | undefined,
): string[] {
  const cpu = spreadOf(list.map(({ cpuUsPerQuery }) => cpuUsPerQuery));
  const p99s = list.flatMap(({ lagP99Ms }) => (lagP99Ms === undefined ? [] : [lagP99Ms]));
  const worst = list.flatMap(({ worstWindow }) => (worstWindow === undefined ? [] : [worstWindow]));
  return [
    name,
    what,
    median(list, ({ lagP50Ms }) => lagP50Ms, 3),
    median(list, ({ lagP99Ms }) => lagP99Ms, 2),
    p99s.length === 0 ? "" : `${Math.min(...p99s).toFixed(2)}-${Math.max(...p99s).toFixed(2)}`,
    worst.length === 0 ? "" : `${(Math.max(...worst) * 100).toFixed(2)} %`,
    median(list, ({ serviceP50Ms }) => serviceP50Ms, 3),
    cpu.median.toFixed(1),
    `${cpu.least.toFixed(1)}-${cpu.most.toFixed(1)}`,
    reference === undefined ? "" : (cpu.median / reference).toFixed(2),
  ];
}

const HEADINGS = [
  ...["generator", "", "lag p50 ms", "p99 ms", "min-max", "worst second off by"],
  ...["service p50 ms", "CPU µs/query", "min-max", "× tick"],
];

async function measureRate(
  all: readonly Generator[],
  rate: number,
  rounds: number,
  run: (generator: Generator, rate: number) => Promise<Measured>,
): Promise<Map<string, Measured[]>> {
  const measured = new Map<string, Measured[]>(all.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const generator of shuffled(all, round)) {
      measured.get(generator.name)?.push(await run(generator, rate));
    }
    process.stderr.write(`${count(rate)}/s: round ${round + 1} of ${rounds}\n`);
  }
  const tick = measured.get("tick");
  const reference = tick && spreadOf(tick.map(({ cpuUsPerQuery }) => cpuUsPerQuery)).median;
  const rows = all.map((generator) => rowOf(generator, measured.get(generator.name) ?? [], reference));
  say(`\n${count(rate)} queries/s\n${table(HEADINGS, rows)}`);
  return measured;
}

/** For the history: what hardly depends on what else the machine does as spreads, which are compared, the rest as medians. */
function figuresOf(measured: Map<string, Measured[]>): object {
  const spread = (list: readonly Measured[], pick: (one: Measured) => number | undefined) => {
    const values = list.map(pick).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : spreadOf(values);
  };
  return Object.fromEntries(
    [...measured].map(([name, list]) => [
      name,
      {
        lag_p50_ms: spread(list, ({ lagP50Ms }) => lagP50Ms),
        lag_p99_ms: spread(list, ({ lagP99Ms }) => lagP99Ms)?.median,
        worst_window: spread(list, ({ worstWindow }) => worstWindow)?.most,
        cpu_us: spread(list, ({ cpuUsPerQuery }) => cpuUsPerQuery),
      },
    ]),
  );
}

async function main(): Promise<void> {
  const options = readOptions();
  const { rates, rounds, delayMs, only } = options;
  const round: Round = { ...options.round, isRealTime: mayGoFirst() };
  using folder = temporaryFolder();
  await using target = await startCheapTarget({ delayMs });
  placeTarget(target, round);
  const all = generators(obtainTools(readEnvironment()), folder.path).filter(
    ({ name }) => only === undefined || only.includes(name),
  );
  say(`${machineText()}, commit ${commitText()}`);
  say(
    `answers after ${delayMs} ms, ${rounds} rounds of ${round.seconds} s after ${round.warmS} s to warm up, ${
      round.isRealTime ? "with real-time priority" : "among whatever else runs here"
    }`,
  );
  const figures: Record<string, object> = {};
  for (const rate of rates) {
    figures[rate] = figuresOf(
      await measureRate(all, rate, rounds, (one, at) => one.run(target, at, round, folder.path)),
    );
  }
  appendHistory("pacing", {
    delay_ms: delayMs,
    warm_s: round.warmS,
    rounds,
    real_time: round.isRealTime,
    figures,
  });
}

await main();
