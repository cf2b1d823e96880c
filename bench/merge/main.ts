/** `npm run bench:merge`: what it costs the aggregator to take in a fleet's results, and what it keeps of them. */

import { count } from "../../libs/report/words.ts";
import { appendHistory, commitText } from "../support/history.ts";
import { machineText } from "../support/machine.ts";
import { type Spread, spreadOf } from "../support/medians.ts";
import { numbersFrom } from "../support/options.ts";
import { table } from "../support/table.ts";
import { type Cost, type Door, openDoor } from "./door.ts";
import { measureLive } from "./live.ts";
import { fleetRun, QUERIES } from "./messages.ts";

const DEFAULTS = { rounds: 7, seconds: 10, stretches: 5 };
const WARM_UP_ROUNDS = 5;
/** Slices of one second each, by the queries that they hold, and how many of them a round has: some 20,000 cells. */
const SHAPES = [
  { perSlice: 20, lanes: 1000 },
  { perSlice: 100, lanes: 1000 },
  { perSlice: 1000, lanes: 500 },
] as const;
/** A thousand workers with a result a second each, of one run and of ten. */
const FLEETS = [
  { runs: 1, lanes: 1000 },
  { runs: 10, lanes: 100 },
] as const;
const FLEET_PER_SLICE = 100;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function shown({ median, least, most }: Spread, digits = 0): string {
  const text = (value: number) => (digits > 0 ? value.toFixed(digits) : count(Math.round(value)));
  return `${text(median)} (${text(least)}–${text(most)})`;
}

async function measureDoor(rounds: number): Promise<void> {
  const doors: Door[] = [];
  for (const { lanes, perSlice } of SHAPES)
    doors.push(await openDoor(fleetRun(`slices-of-${perSlice}`, lanes, perSlice)));
  const costs = SHAPES.map((): Cost[] => []);
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const [index, door] of doors.entries()) {
      const cost = await door.feed();
      if (round >= 0) costs[index]?.push(cost);
    }
  }
  const rows = SHAPES.map(({ perSlice }, index) => {
    const all = costs[index] ?? [];
    const perSecond = (what: "results" | "cells") =>
      spreadOf(all.map((cost) => (cost[what] / cost.cpuMs) * 1000));
    const cells = perSecond("cells");
    const first = all[0] as Cost;
    const largest = Math.max(...all.map(({ largestBytes }) => largestBytes));
    appendHistory("merge", {
      queries: QUERIES,
      per_slice: perSlice,
      cells_per_s: cells,
      result_bytes: spreadOf([largest]),
    });
    return [
      count(perSlice),
      (first.cells / first.results).toFixed(1),
      count(Math.round(first.bytes / first.results)),
      count(largest),
      shown(perSecond("results")),
      shown(cells),
    ];
  });
  for (const door of doors) await door.close();
  const headings = [
    "queries of a slice",
    "cells",
    "bytes",
    "most bytes",
    "results/s of a core",
    "cells/s of a core",
  ];
  say(table(headings, rows));
}

async function measureFleets(stretches: number, stretchS: number): Promise<void> {
  const rows: string[][] = [];
  for (const { runs, lanes } of FLEETS) {
    const live = Array.from({ length: runs }, (_, index) => fleetRun(`run-${index}`, lanes, FLEET_PER_SLICE));
    const use = await measureLive({ runs: live, stretches, stretchS });
    const cpuMs = spreadOf(use.cpuMs);
    const rssMb = Math.max(...use.rssMb);
    appendHistory("merge", {
      live_runs: runs,
      workers: runs * lanes,
      cpu_ms: cpuMs,
      rss_mb: spreadOf([rssMb]),
    });
    rows.push([
      count(runs),
      count(runs * lanes),
      shown(spreadOf(use.perSecond)),
      shown(cpuMs, 2),
      // A worker sends a result a second.
      `${((cpuMs.median * runs * lanes) / 10).toFixed(0)} %`,
      use.rssMb.map((mb) => mb.toFixed(0)).join(" "),
      ((rssMb - use.idleRssMb) / runs).toFixed(1),
    ]);
  }
  const headings = ["live runs", "workers", "results/s fed", "CPU ms each", "of a core", "MB", "MB a run"];
  say(`\n${table(headings, rows)}`);
}

const { rounds, seconds, stretches } = numbersFrom(process.argv.slice(2), DEFAULTS);
say(`${machineText()}, commit ${commitText()}`);
say(
  `${QUERIES} queries; medians of ${rounds} rounds (lowest–highest), of ${stretches} stretches of ${seconds} s\n`,
);
await measureDoor(rounds);
await measureFleets(stretches, seconds);
