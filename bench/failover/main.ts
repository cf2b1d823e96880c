/** `npm run bench:failover`: a thousand changes of leaders, and what they leave behind. */

import { isBalanced } from "../../libs/protocol/ledger.ts";
import { count, durationText } from "../../libs/report/words.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { startNats } from "../../test/support/servers.ts";
import { machineText } from "../support/machine.ts";
import { numbersFrom } from "../support/options.ts";
import { lineThrough } from "../support/regression.ts";
import { table } from "../support/table.ts";
import { type LiveRunOutcome, runThroughSwitches } from "./live-run.ts";
import { measureSwitches, type Switches } from "./measure.ts";
import { startPair } from "./pair.ts";

const DEFAULTS = { switches: 1000, warmup: 300, sample: 50, limit: 1024 };

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

type Check = readonly [words: string, holds: boolean];

function heapCheck({ heap }: Switches, limitBytes: number): Check {
  const { slope, margin } = lineThrough(heap);
  const words = `heap ${slope.toFixed(0)} ± ${margin.toFixed(0)} bytes a switch (limit ${limitBytes})`;
  return [words, slope + margin < limitBytes];
}

function runCheck({ record, report, targetQueries, switches }: LiveRunOutcome): Check {
  const ledger = report?.ledger;
  const answered = ledger ? ledger.ok + ledger.failed + ledger.timed_out + ledger.superseded : 0;
  const words = `a run through ${switches} switches: ${record.phase}, ${JSON.stringify(ledger)}, the target counted ${targetQueries}`;
  return [words, ledger !== undefined && isBalanced(ledger) && answered === targetQueries];
}

function showCounts({ before, after }: Switches): void {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const rows = names.map((name) => [name, count(before[name] ?? 0), count(after[name] ?? 0)]);
  say(`\n${table(["open", "before", "after"], rows)}\n`);
}

async function main(): Promise<void> {
  const { switches, warmup, sample, limit } = numbersFrom(process.argv.slice(2), DEFAULTS);
  say(`${machineText()}\n${count(switches)} switches after ${count(warmup)} to warm up`);
  await using nats = await startNats();
  await using pair = await startPair(nats.url);
  let liveRun: LiveRunOutcome | undefined;
  const sinceMs = systemClock.nowMs();
  const measured = await measureSwitches(
    pair,
    nats.monitorUrl,
    {
      warmUp: warmup,
      switches,
      sampleEvery: sample,
      async throughRun() {
        liveRun = await runThroughSwitches(nats.url, pair.switchOver);
        return liveRun.switches;
      },
    },
    (done, heapBytes) => say(`${String(done).padStart(6)} switches  heap ${count(heapBytes)} bytes`),
  );
  say(`${durationText(systemClock.nowMs() - sinceMs)} in all`);
  showCounts(measured);
  const checks: Check[] = [
    heapCheck(measured, limit),
    [
      `as much open as before${measured.differences.map((words) => `; ${words}`).join("")}`,
      measured.differences.length === 0,
    ],
    ...(liveRun ? [runCheck(liveRun)] : []),
  ];
  for (const [words, holds] of checks) say(`${holds ? "yes" : "NO "}  ${words}`);
  process.exitCode = checks.every(([, holds]) => holds) ? 0 : 1;
}

await main();
