/** `npm run bench:plan`: what it costs a leader to plan, to find gaps, to publish, and to take in workers, as the fleet grows. */

import { count } from "../../libs/report/words.ts";
import { appendHistory } from "../support/history.ts";
import { machineText } from "../support/machine.ts";
import { percentileOf, type Spread, spreadOf } from "../support/medians.ts";
import { numbersFrom } from "../support/options.ts";
import { table } from "../support/table.ts";
import { joinsMs, overdueMs, planMs, publishingStallMs } from "./measure.ts";

const DEFAULTS = { rounds: 7 };
/** Slices that go through the code before it counts, in so many rounds at most and at least. */
const WARM_UP_SLICES = 100_000;
const WARM_UP_ROUNDS = { least: 3, most: 20 };
/** Workers of the table, with ten slices each. */
const FLEETS = [10, 50, 100, 500, 1000, 5000] as const;
const SLICES_PER_WORKER = 10;
/** Plans of which the 99th percentile is told: collections fall into some of them. */
const MANY_PLANS = 200;
/** Between which the growth of the cost of planning is looked at. */
const FROM_SLICES = 1000;
const TO_SLICES = 50_000;

const ms = (value: number) => value.toFixed(3);
const us = (value: number) => (value * 1000).toFixed(2);

function shown({ median, least, most }: Spread, text: (value: number) => string): string {
  return `${text(median)} (${text(least)}–${text(most)})`;
}

async function repeated(
  rounds: number,
  slices: number,
  measure: () => number | Promise<number>,
): Promise<Spread> {
  const { least, most } = WARM_UP_ROUNDS;
  const warmUp = Math.min(most, Math.max(least, WARM_UP_SLICES / slices));
  for (let round = 0; round < warmUp; round++) await measure();
  const values: number[] = [];
  for (let round = 0; round < rounds; round++) values.push(await measure());
  return spreadOf(values);
}

async function main(): Promise<void> {
  const { rounds } = numbersFrom(process.argv.slice(2), DEFAULTS);
  process.stdout.write(`${machineText()}\nmedians of ${rounds} rounds (lowest–highest)\n\n`);
  const rows: string[][] = [];
  const planned = new Map<number, number>();
  for (const workers of FLEETS) {
    const slices = workers * SLICES_PER_WORKER;
    const plan = await repeated(rounds, slices, () => planMs(slices));
    const planP99 = percentileOf(
      Array.from({ length: MANY_PLANS }, () => planMs(slices)),
      99,
    );
    const overdue = await repeated(rounds, slices, () => overdueMs(slices));
    const joins = await repeated(rounds, slices, () => joinsMs(workers));
    const stall = await repeated(rounds, slices, () => publishingStallMs(slices));
    planned.set(slices, plan.median);
    rows.push([
      count(workers),
      count(slices),
      shown(plan, ms),
      ms(planP99),
      shown(overdue, us),
      shown(joins, us),
      shown(stall, ms),
    ]);
    appendHistory("plan", {
      workers,
      slices,
      plan_ms: plan,
      plan_p99_ms: planP99,
      overdue_ms: overdue,
      join_ms: joins,
      stall_ms: stall,
    });
  }
  const headings = [
    "workers",
    "slices",
    "plan, ms",
    `p99 of ${MANY_PLANS}`,
    "gap scan, µs",
    "join, µs",
    "stall while publishing, ms",
  ];
  const growth = (planned.get(TO_SLICES) ?? 0) / (planned.get(FROM_SLICES) ?? 0);
  const factor = growth / (TO_SLICES / FROM_SLICES);
  process.stdout.write(
    `${table(headings, rows)}\n\nlinear factor from ${count(FROM_SLICES)} to ${count(TO_SLICES)} slices: ${factor.toFixed(2)}\n`,
  );
}

await main();
