/** `npm run bench:fleet`: ten minutes of a million queries a second on ten thousand workers, in virtual time. */

import { parseMessage } from "../../libs/protocol/door.ts";
import { Heartbeat } from "../../libs/protocol/node.ts";
import { LogEntry } from "../../libs/protocol/result.ts";
import { bytes, count, durationText } from "../../libs/report/words.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { machineText } from "../support/machine.ts";
import { numbersFrom } from "../support/options.ts";
import { table } from "../support/table.ts";
import { countsOf } from "./check.ts";
import { type FleetOptions, type FleetOutcome, simulateFleet } from "./simulate.ts";

const DEFAULTS = {
  workers: 10_000,
  rate: 1_000_000,
  seconds: 600,
  /** 0: as the plan chooses. */
  lanes: 0,
  /** What a worker that may use a whole core has. */
  slots: 128,
  deaths: 1,
  cuts: 0.5,
  seed: 1,
};
const PROGRESS_SECONDS = 60;
/** Reads of one message, for the time that one takes. */
const READS = 2000;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Milliseconds of one core that it takes to read a message and check it against its schema. */
function readingMs(schema: Parameters<typeof parseMessage>[0], message: unknown): number {
  const data = Buffer.from(JSON.stringify(message));
  const sinceMs = systemClock.nowMs();
  for (let read = 0; read < READS; read++) parseMessage(schema, data);
  return (systemClock.nowMs() - sinceMs) / READS;
}

function showTraffic({ traffic, virtualS }: FleetOutcome): void {
  const lines = traffic.lines(virtualS);
  const rows = lines.map((line) => [
    line.kind,
    count(line.perSecond),
    count(line.bytesEach),
    `${bytes(Math.round(line.bytesPerSecond))}/s`,
  ]);
  const all = lines.reduce((sum, line) => sum + line.perSecond, 0);
  const allBytes = lines.reduce((sum, line) => sum + line.bytesPerSecond, 0);
  say(
    `\n${table(["on the bus", "messages/s", "bytes each", "in all"], [...rows, ["all", count(all), "", `${bytes(allBytes)}/s`]])}`,
  );
}

/** What each part costs, as a share of one core while the run goes on. */
function showCost({ watch, virtualS, samples, traffic }: FleetOutcome): void {
  const perSecond = (kind: string) =>
    traffic.lines(virtualS).find((line) => line.kind === kind)?.perSecond ?? 0;
  const share = (ms: number) => `${((ms / 1000 / virtualS) * 100).toFixed(1)} %`;
  const resultMs = readingMs(LogEntry, samples.result);
  const beatMs = readingMs(Heartbeat, samples.heartbeat);
  const perResult = resultMs * perSecond("results, appended") * virtualS;
  const perBeat = beatMs * perSecond("heartbeats, sent") * virtualS;
  const rows = [
    ["coordinator: plan, dispatch, nodes", share(watch.spentMs("coordinator"))],
    ["aggregator: ledger, windows, figures", share(watch.spentMs("aggregator"))],
    [`each of them: reading results (${(resultMs * 1000).toFixed(0)} µs)`, share(perResult)],
    [`each of them: reading heartbeats (${(beatMs * 1000).toFixed(0)} µs)`, share(perBeat)],
  ];
  say(`\n${table(["work of the services", "of one core"], rows)}`);
}

function showMemory(at: string): void {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  say(`${at.padEnd(22)} memory ${bytes(rss)}, heap ${bytes(heapUsed)}, histograms ${bytes(arrayBuffers)}`);
}

function showCounts(options: FleetOptions, outcome: FleetOutcome): boolean {
  const counts = countsOf(options, outcome);
  const rows = counts.map(({ what, counted, expected }) => [
    what,
    count(counted),
    count(expected),
    counted === expected ? "equal" : "NOT EQUAL",
  ]);
  say(`\n${table(["counts", "counted", "expected", ""], rows)}`);
  return counts.every(({ counted, expected }) => counted === expected);
}

function main(): void {
  const { rate, seconds, lanes, deaths, cuts, ...rest } = numbersFrom(process.argv.slice(2), DEFAULTS);
  const options: FleetOptions = {
    ...rest,
    queriesPerSecond: rate,
    durationS: seconds,
    lanes: lanes || undefined,
    deathsPerSecond: deaths,
    cutsPerSecond: cuts,
  };
  say(
    `${machineText()}\n${count(options.workers)} workers, ${count(rate)} queries/s, ${seconds} virtual seconds, seed ${options.seed}`,
  );
  const sinceMs = systemClock.nowMs();
  const outcome = simulateFleet(options, systemClock, (virtualS) => {
    if (virtualS > 0 && virtualS % PROGRESS_SECONDS === 0) showMemory(`after ${virtualS} s`);
  });
  const wallMs = systemClock.nowMs() - sinceMs;
  const { user, system } = process.cpuUsage();
  showMemory("at the end");
  say(
    `wall time ${durationText(wallMs)}, CPU ${durationText((user + system) / 1000)}, of which the simulated workers ${durationText(outcome.watch.spentMs("fleet"))}`,
  );
  const { plan, workers, queue } = outcome;
  say(
    `${plan.lanes} lanes of ${count(rate / plan.lanes)} queries/s, ${count(plan.slotsNeeded)} slots needed, at most ${count(queue.deepest())} slices out at once; ${count(workers.everBusy())} workers had one`,
  );
  say(
    `${outcome.deaths} workers died and ${outcome.cuts} were cut off; ${count(outcome.redeliveries)} slices delivered again, ${count(outcome.fold.ledger.extras.results())} results superseded`,
  );
  showTraffic(outcome);
  showCost(outcome);
  const { line } = outcome.fold.ledger;
  say(`\nledger ${JSON.stringify(line())}`);
  process.exitCode = showCounts(options, outcome) ? 0 : 1;
}

main();
