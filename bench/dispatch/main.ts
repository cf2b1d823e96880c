/** `npm run bench:dispatch`: how fast slices go out, are taken up and are settled on a real nats-server. */

import { count } from "../../libs/report/words.ts";
import { appendHistory, commitText } from "../support/history.ts";
import { machineText } from "../support/machine.ts";
import { type Spread, spreadOf } from "../support/medians.ts";
import { numbersFrom } from "../support/options.ts";
import { table } from "../support/table.ts";
import { firstQueriesMs } from "./first-query.ts";
import { measureQueue, type QueueSpeed } from "./queue.ts";

const DEFAULTS = { rounds: 5, slices: 5000, samples: 300 };
/** The first rounds run code that is not compiled yet. */
const WARM_UP_ROUNDS = 2;
const WARM_UP_SAMPLES = 100;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function row(what: string, { median, least, most }: Spread, text: (value: number) => string): string[] {
  return [what, text(median), `${text(least)}–${text(most)}`];
}

async function main(): Promise<void> {
  const { rounds, slices, samples } = numbersFrom(process.argv.slice(2), DEFAULTS);
  say(`${machineText()}, commit ${commitText()}`);
  say(`${count(slices)} slices, medians of ${rounds} rounds; ${count(samples)} slices of one query\n`);
  const speeds: QueueSpeed[] = [];
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    const speed = await measureQueue(slices);
    if (round >= 0) speeds.push(speed);
  }
  const of = (what: keyof QueueSpeed) => spreadOf(speeds.map((speed) => speed[what]));
  const firstMs = (await firstQueriesMs(samples, WARM_UP_SAMPLES)).sort((a, b) => a - b);
  const at = (share: number) => firstMs[Math.ceil(firstMs.length * share) - 1] as number;
  const whole = (value: number) => count(Math.round(value));
  const rows = [
    row("published and stored, slices/s", of("published"), whole),
    row("pulled and acknowledged, slices/s", of("pulled"), whole),
    row("settled: stored and heard, slices/s", of("settled"), whole),
    row("longest turn while publishing, ms", of("stallMs"), (value) => value.toFixed(1)),
  ];
  say(table(["", "median", "lowest–highest"], rows));
  say(
    `\npublished → first query, ms: p50 ${at(0.5).toFixed(2)}, p90 ${at(0.9).toFixed(2)}, p99 ${at(0.99).toFixed(2)}`,
  );
  appendHistory("dispatch", {
    slices,
    published_per_s: of("published"),
    pulled_per_s: of("pulled"),
    settled_per_s: of("settled"),
    stall_ms: of("stallMs"),
    first_query_p50_ms: spreadOf([at(0.5)]),
    first_query_p99_ms: spreadOf([at(0.99)]),
  });
}

await main();
