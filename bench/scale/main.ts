/** `npm run bench:scale`: what a query costs as workers are added: a few real ones, and thousands in virtual time. */

import { count } from "../../libs/report/words.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { countsOf } from "../fleet/check.ts";
import { type FleetOptions, simulateFleet } from "../fleet/simulate.ts";
import { appendHistory, commitText } from "../support/history.ts";
import { machineText } from "../support/machine.ts";
import { type Spread, spreadOf } from "../support/medians.ts";
import { numbersFrom } from "../support/options.ts";
import { table } from "../support/table.ts";
import { measureReal, type Scaled } from "./real.ts";

const DEFAULTS = { rounds: 5, seconds: 20, most: 10_000 };
const REAL_WORKERS = [1, 2, 4] as const;
const SIMULATED_WORKERS = [100, 1000, 10_000] as const;
const RATE_PER_WORKER = 100;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function shown({ median, least, most }: Spread, digits: number): string {
  const text = (value: number) => (digits > 0 ? value.toFixed(digits) : count(Math.round(value)));
  return `${text(median)} (${text(least)}–${text(most)})`;
}

async function showReal(rounds: number): Promise<boolean> {
  const measured = REAL_WORKERS.map((): Scaled[] => []);
  for (let round = 0; round < rounds; round++)
    for (const [index, workers] of REAL_WORKERS.entries()) measured[index]?.push(await measureReal(workers));
  const rows = REAL_WORKERS.map((workers, index) => {
    const all = measured[index] ?? [];
    const perSecond = spreadOf(all.map((one) => one.perSecond));
    const workersMs = spreadOf(all.map((one) => one.workersMs));
    const othersMs = spreadOf(all.map((one) => one.othersMs));
    appendHistory("scale", {
      workers,
      ok_per_s: perSecond,
      workers_cpu_ms: workersMs,
      others_cpu_ms: othersMs,
    });
    return [count(workers), shown(perSecond, 0), shown(workersMs, 1), shown(othersMs, 1)];
  });
  say(table(["real workers", "ok/s", "workers, CPU ms per 1,000", "coordinator, aggregator, NATS"], rows));
  const isBalanced = measured.flat().every((one) => one.isBalanced);
  if (!isBalanced) say("NOT EQUAL: the target counted other queries than the ledger");
  return isBalanced;
}

function showSimulated(most: number, seconds: number): boolean {
  let isEqual = true;
  const rows = SIMULATED_WORKERS.filter((workers) => workers <= most).map((workers) => {
    const options: FleetOptions = {
      ...{ workers, queriesPerSecond: workers * RATE_PER_WORKER, durationS: seconds },
      ...{ slots: 128, deathsPerSecond: 0, cutsPerSecond: 0, seed: 1 },
    };
    const outcome = simulateFleet(options, systemClock);
    const isRowEqual = countsOf(options, outcome).every(({ counted, expected }) => counted === expected);
    isEqual &&= isRowEqual;
    const cores = (part: "coordinator" | "aggregator") =>
      spreadOf([outcome.watch.spentMs(part) / 1000 / outcome.virtualS]);
    const [coordinator, aggregator] = [cores("coordinator"), cores("aggregator")];
    appendHistory("scale", {
      simulated: workers,
      coordinator_cores: coordinator,
      aggregator_cores: aggregator,
    });
    const percent = ({ median }: Spread) => (median * 100).toFixed(1);
    const { ledger } = outcome.fold;
    const settled = count(ledger.slicesSettled());
    return [
      count(workers),
      settled,
      percent(coordinator),
      percent(aggregator),
      isRowEqual ? "equal" : "NOT EQUAL",
    ];
  });
  const headings = [
    "simulated workers",
    "slices",
    "coordinator, % of a core",
    "aggregator, % of a core",
    "counts",
  ];
  say(`\n${table(headings, rows)}`);
  return isEqual;
}

const { rounds, seconds, most } = numbersFrom(process.argv.slice(2), DEFAULTS);
say(`${machineText()}, commit ${commitText()}`);
say(
  `medians of ${rounds} rounds (lowest–highest); ${seconds} virtual seconds at ${RATE_PER_WORKER}/s a worker\n`,
);
const isBalanced = await showReal(rounds);
process.exitCode = showSimulated(most, seconds) && isBalanced ? 0 : 1;
