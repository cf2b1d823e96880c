/** `npm run bench:panel`: what a run of a thousand queries a second on two hundred workers asks of the browser that shows it. */

import type { Page } from "playwright-core";
import { sleep, systemClock } from "../../libs/runtime/clock.ts";
import { openBrowser, openPage } from "../../test/support/browser.ts";
import { BUSY, BUSY_RUN, type BusyRun, HEAVY_QUERY, startBusyRun } from "../../test/support/busy-run.ts";
import { appendHistory, commitText } from "../support/history.ts";
import { machineText } from "../support/machine.ts";
import { type Spread, spreadOf } from "../support/medians.ts";
import { numbersFrom } from "../support/options.ts";
import { table } from "../support/table.ts";
import { type Look, type Seen, watch, watchLongTasks } from "./looks.ts";

const DEFAULTS = {
  /** Seconds of the run before the page is opened: its charts have so many points. */
  past: 600,
  rounds: 3,
  /** Seconds of a round in which a look is watched. */
  seconds: 5,
};
/** What a page may take: beyond it somebody who looks would feel it on a machine of half the speed. */
const LIMITS: Seen = { busy: 0.5, longestMs: 300, elements: 5000, heapMb: 200 };

const LOOKS: readonly Look[] = [
  { name: "the page as it is opened", open: async () => undefined },
  {
    name: "all workers in the table",
    open: async (page) => await page.locator("#nodes .more").click(),
  },
  {
    name: "narrowed to one query",
    async open(page) {
      await page.locator("#queries").getByRole("link", { name: HEAVY_QUERY, exact: true }).click();
      await page.locator('[data-chart="query-rate"] canvas').waitFor();
    },
  },
];

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Seconds of the run go by, as they do. */
async function pass(run: BusyRun, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    run.advance();
    await sleep(systemClock, 1000);
  }
}

async function open(page: Page, run: BusyRun): Promise<number> {
  await watchLongTasks(page);
  const sinceMs = systemClock.nowMs();
  await page.goto(`${run.url}/#/runs/${BUSY_RUN}`);
  run.advance();
  await page.locator('[data-chart="queue"] canvas').waitFor();
  return systemClock.nowMs() - sinceMs;
}

type Spreads = Readonly<Record<keyof Seen, Spread>>;

function spreadsOf(rounds: readonly Seen[]): Spreads {
  const of = (name: keyof Seen) => spreadOf(rounds.map((seen) => seen[name]));
  return { busy: of("busy"), longestMs: of("longestMs"), elements: of("elements"), heapMb: of("heapMb") };
}

function rowOf(name: string, { busy, longestMs, elements, heapMb }: Spreads): string[] {
  const percent = (share: number) => (share * 100).toFixed(1);
  const longest = longestMs.most === 0 ? "below 50 ms" : `${longestMs.most.toFixed(0)} ms`;
  return [
    name,
    `${percent(busy.median)} % (${percent(busy.least)}–${percent(busy.most)})`,
    ...[longest, String(elements.most), `${heapMb.most.toFixed(0)} MB`],
  ];
}

async function main(): Promise<void> {
  const { past, rounds, seconds } = numbersFrom(process.argv.slice(2), DEFAULTS);
  say(`${machineText()}, commit ${commitText()}`);
  say(
    `${BUSY.queriesPerS} queries/s, ${BUSY.workers} workers, ${BUSY.queries} queries, ${past} s of history\n`,
  );
  await using run = await startBusyRun(past);
  await using browser = await openBrowser();
  const { page, troubles } = await openPage(browser, { viewport: { width: 1280, height: 900 } });
  const openedMs = await open(page, run);
  const looks: Record<string, Spreads> = {};
  for (const look of LOOKS) {
    await look.open(page);
    const seen: Seen[] = [];
    for (let round = 0; round < rounds; round++) seen.push(await watch(page, () => pass(run, seconds)));
    looks[look.name] = spreadsOf(seen);
  }
  const rows = Object.entries(looks).map(([name, spreads]) => rowOf(name, spreads));
  say(table(["", "main thread", "longest task", "elements", "heap"], rows));
  say(`\nfrom the address to the last chart: ${openedMs.toFixed(0)} ms`);
  appendHistory("panel", { past, rounds, seconds, opened_ms: spreadOf([openedMs]), looks });
  const names = Object.keys(LIMITS) as (keyof Seen)[];
  const beyond = Object.entries(looks).flatMap(([look, spreads]) =>
    names
      .filter((name) => spreads[name].median > LIMITS[name])
      .map((name) => `${look}: ${name} is beyond ${LIMITS[name]}`),
  );
  for (const words of [...beyond, ...troubles]) say(words);
  if (beyond.length + troubles.length > 0) process.exitCode = 1;
}

await main();
