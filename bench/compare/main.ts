/** `npm run bench:compare`: how often equal runs compare as the same, and how often one slower query is found. */

import { compare } from "../../libs/compare/compare.ts";
import { DEFAULT_MIN_EFFECT } from "../../libs/compare/rows.ts";
import { randomFor } from "../../libs/load/random.ts";
import type { Comparison } from "../../libs/protocol/comparison.ts";
import type { Report } from "../../libs/protocol/report.ts";
import { startQueueingServer } from "../../test/support/queueing-server.ts";
import { benchmark, startSystem } from "../../test/support/system.ts";
import { machineText } from "../support/machine.ts";
import { numbersFrom } from "../support/options.ts";

/** `spread` and `slower` in per cent. */
const DEFAULTS = { tries: 20, rate: 200, seconds: 30, median: 20, spread: 20, slower: 10, seed: 1 };
/** So many places that no query waits for another. */
const PLACES = 1000;
/** Of so many tries one may go wrong. */
const ONE_IN = 20;

const options = numbersFrom(process.argv.slice(2), DEFAULTS);
const random = randomFor(options.seed, 1);
let isSlow = false;

/** A log-normal factor; the query that may be slow says so in its text. */
function factorOf(body: string): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const slower = isSlow && body.includes("volume") ? 1 + options.slower / 100 : 1;
  return slower * Math.exp((options.spread / 100) * normal);
}

function differing({ rows }: Comparison): string {
  const found = rows.filter(({ verdict }) => verdict === "better" || verdict === "worse");
  return found.map(({ query, metric, verdict }) => `${query ?? "(all)"} ${metric} ${verdict}`).join(", ");
}

await using target = await startQueueingServer(PLACES, options.median, factorOf);
await using system = await startSystem({ workers: 1 });
const config = benchmark(target.url, {
  workload: { model: "open", target_qps: options.rate, duration: options.seconds, warm_up: 1 },
  queries: ["errors", "volume"].map((name) => ({ name, template: name })),
  seed: options.seed,
});

async function run(slow: boolean): Promise<Report> {
  isSlow = slow;
  return (await system.run(config)).report;
}

function compared(baseline: Report, contender: Report): Comparison {
  const side = (report: Report) => ({ name: report.run_id, reports: [report] });
  return compare(side(baseline), side(contender), { minEffect: DEFAULT_MIN_EFFECT });
}

process.stdout.write(`${machineText()}\n`);
let same = 0;
let found = 0;
let before = await run(false);
for (let nth = 1; nth <= options.tries; nth++) {
  const slow = compared(before, await run(true));
  const again = await run(false);
  const equal = compared(before, again);
  before = again;
  if (equal.verdict === "same") same++;
  if (slow.rows.some(({ query, verdict }) => query === "volume" && verdict === "worse")) found++;
  process.stdout.write(
    `try ${nth}: equal runs ${equal.verdict} ${differing(equal)}; slower by ${options.slower} %: ${slow.verdict} ${differing(slow)}\n`,
  );
}
process.stdout.write(
  `equal runs the same ${same} of ${options.tries}, slower query found ${found} of ${options.tries}\n`,
);
const most = Math.ceil(options.tries / ONE_IN);
process.exitCode = same < options.tries - most || found < options.tries - most ? 1 : 0;
