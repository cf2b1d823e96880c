/** `npm run bench:books`: a million queries on real processes, three of which are killed, and the books at the end. */

import { isBalanced, LEDGER_STATES } from "../../libs/protocol/ledger.ts";
import { count, durationText } from "../../libs/report/words.ts";
import { machineText } from "../support/machine.ts";
import { numbersFrom } from "../support/options.ts";
import { table } from "../support/table.ts";
import { runTrial, type TrialOptions, type TrialOutcome } from "./trial.ts";
import { growthOf, type Watched } from "./watch.ts";

const DEFAULTS = { queries: 1_000_000, rate: 5000, workers: 3, seed: 1 };
/** The course of a process's memory is shown by so many figures at most. */
const SHOWN_FIGURES = 12;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** What must hold, and whether it does. */
function checksOf({ queries }: TrialOptions, { report, targetQueries, kills }: TrialOutcome) {
  const { ledger } = report;
  const answered = ledger.ok + ledger.failed + ledger.timed_out + ledger.superseded;
  const unknown = targetQueries - answered;
  return [
    [`planned ${count(ledger.planned)} of ${count(queries)}`, ledger.planned === queries],
    ["the states add up to what was planned", isBalanced(ledger)],
    [
      `the target counted ${count(targetQueries)}: ${count(answered)} in the ledger, ${count(unknown)} of those lost (at most ${count(ledger.lost)})`,
      unknown >= 0 && unknown <= ledger.lost,
    ],
    [`${kills.length} kills were carried out`, kills.every(({ who }) => who !== "nobody")],
  ] as const;
}

function processRow(process: Watched, thousands: number): string[] {
  const growth = growthOf(process);
  const step = Math.max(1, Math.ceil(process.rss.length / SHOWN_FIGURES));
  const course = process.rss.filter((_, index) => index % step === 0).map(({ y }) => y.toFixed(0));
  return [
    process.name,
    process.cpuS.toFixed(1),
    ((process.cpuS * 1000) / thousands).toFixed(1),
    growth ? `${growth.slope.toFixed(1)} ± ${growth.margin.toFixed(1)}` : "-",
    course.join(" "),
  ];
}

function show(options: TrialOptions, outcome: TrialOutcome): boolean {
  const { record, report, processes, kills } = outcome;
  const { ledger, verdict, verdict_reasons: reasons } = report;
  const durationMs = report.duration_ms;
  const states = LEDGER_STATES.map((state) => `${count(ledger[state])} ${state}`).join(" + ");
  say(
    `run        ${record.id}: ${record.phase}, verdict ${verdict}${reasons.map((reason) => `; ${reason}`).join("")}`,
  );
  say(`ledger     ${count(ledger.planned)} planned = ${states}; ${count(ledger.superseded)} superseded`);
  say(
    `rate       ${count((ledger.ok * 1000) / durationMs)} ok/s over ${durationText(durationMs)}, asked for ${count(options.rate)}/s`,
  );
  say(`kills      ${kills.map(({ what, who, atS }) => `${atS.toFixed(0)} s ${what} (${who})`).join(", ")}`);
  const headings = ["process", "CPU s", "CPU ms per 1,000 queries", "memory, MB a minute", "memory, MB"];
  say(
    `\n${table(
      headings,
      processes.map((process) => processRow(process, options.queries / 1000)),
    )}\n`,
  );
  const checks = checksOf(options, outcome);
  for (const [words, holds] of checks) say(`${holds ? "yes" : "NO "}  ${words}`);
  return checks.every(([, holds]) => holds);
}

const options = numbersFrom(process.argv.slice(2), DEFAULTS);
say(
  `${machineText()}\n${count(options.queries)} queries at ${count(options.rate)}/s on ${options.workers} workers, seed ${options.seed}`,
);
process.exitCode = show(options, await runTrial(options, say)) ? 0 : 1;
