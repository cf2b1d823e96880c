/** Switches leaders again and again, and watches what stays behind: the heap, and everything that is open. */

import { sleep, systemClock } from "../../libs/runtime/clock.ts";
import type { Point } from "../support/regression.ts";
import { type Counts, countOpen, differencesOf } from "./counts.ts";
import type { Pair } from "./pair.ts";

export interface Switches {
  readonly before: Counts;
  readonly after: Counts;
  /** What differs, in words; nothing may. */
  readonly differences: readonly string[];
  /** Bytes in use after a forced collection, by the number of switches before; none where collection cannot be forced. */
  readonly heap: readonly Point[];
}

export interface SwitchesOptions {
  /** Until everything that is made once has been made, and the heap stands for what is kept. */
  readonly warmUp: number;
  readonly switches: number;
  /** A sample of the heap each so many switches. */
  readonly sampleEvery: number;
  /** A run that is carried through some switches, first to warm up and again half way. @returns how many they were */
  readonly throughRun?: () => Promise<number>;
}

const COLLECTIONS = 3;
/**
 * What is open for good is open all the time, so of counts that come and go with requests the least is taken. Looked at for
 * longer than the five seconds that the server keeps a listing of keys.
 */
const LOOK_MS = 7000;
const POLL_MS = 50;

export async function measureSwitches(
  pair: Pair,
  monitorUrl: string,
  options: SwitchesOptions,
  onSample: (switches: number, heapBytes: number) => void = () => undefined,
): Promise<Switches> {
  const heap: Point[] = [];
  let { throughRun } = options;
  await pair.switchOver();
  await pair.leadByFirst();
  const before = await leastOpen(monitorUrl);
  await throughRun?.();
  for (let done = 0; done < options.warmUp; done++) await pair.switchOver();
  for (let done = 0; done < options.switches; ) {
    if (throughRun && done >= options.switches / 2) {
      done += await throughRun();
      throughRun = undefined;
    } else {
      await pair.switchOver();
      done++;
    }
    const isDue = done % options.sampleEvery === 0 || done >= options.switches;
    const heapBytes = isDue ? await collectedHeap() : undefined;
    if (heapBytes === undefined) continue;
    heap.push({ x: done, y: heapBytes });
    onSample(done, heapBytes);
  }
  await pair.leadByFirst();
  const after = await leastOpen(monitorUrl);
  return { before, after, differences: differencesOf(before, after), heap };
}

/** The least that is open of everything during a while. */
async function leastOpen(monitorUrl: string): Promise<Counts> {
  const untilMs = systemClock.nowMs() + LOOK_MS;
  let least = await countOpen(monitorUrl);
  while (systemClock.nowMs() < untilMs) {
    await sleep(systemClock, POLL_MS);
    const counts = await countOpen(monitorUrl);
    least = Object.fromEntries(
      Object.entries(least).map(([name, count]) => [name, Math.min(count, counts[name] ?? 0)]),
    );
  }
  return least;
}

/** Bytes that are in use and cannot be collected; undefined where Node was not started with --expose-gc. */
async function collectedHeap(): Promise<number | undefined> {
  const { gc } = globalThis as { gc?: () => void };
  if (!gc) return undefined;
  for (let round = 0; round < COLLECTIONS; round++) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}
