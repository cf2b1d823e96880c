/** Plays a long history of changes of leaders, and prints what they left behind. */

import { lineThrough } from "../../bench/support/regression.ts";
import { table } from "../../bench/support/table.ts";
import { count } from "../../libs/report/words.ts";
import { playSwitches, type SwitchOutcome } from "./switches.ts";

/** The first part of the switches, in which code gets hot and everything has been remembered once. */
const WARM_UP_SHARE = 0.2;
const SAMPLES = 40;
/** As for the real leaders of bench:failover. */
const HEAP_LIMIT_BYTES = 1024;

const say = (words: string) => process.stdout.write(`${words}\n`);

/** @returns whether all held */
export async function showSwitches(switches: number, seed: number): Promise<boolean> {
  const warmUp = Math.ceil(switches * WARM_UP_SHARE);
  const sampleEvery = Math.ceil((switches - warmUp) / SAMPLES);
  const startedMs = performance.now();
  const outcome = await playSwitches({ seed, switches, warmUp, sampleEvery });
  const seconds = (performance.now() - startedMs) / 1000;
  const { faults, runs, virtualMs, before, after } = outcome;
  const kinds = Object.entries(faults).map(([kind, times]) => `${kind} ${count(times)}`);
  say(
    `${count(outcome.switches)} changes of leaders, ${count(runs)} runs, ${(virtualMs / 3.6e6).toFixed(1)} virtual hours, ${seconds.toFixed(0)} s; ${kinds.join(", ")}`,
  );
  const rows = Object.keys(after).map((name) => [name, count(before[name] ?? 0), count(after[name] ?? 0)]);
  say(`\n${table(["open", `after ${count(warmUp)}`, `after ${count(outcome.switches)}`], rows)}\n`);
  const checks = checksOf(outcome);
  for (const [words, holds] of checks) say(`${holds ? "yes" : "NO "}  ${words}`);
  return checks.every(([, holds]) => holds);
}

function checksOf({ violations, heap, before, after }: SwitchOutcome): [words: string, holds: boolean][] {
  const broken = violations.map(({ invariant, words }) => `; ${invariant}: ${words}`).join("");
  const isSame = JSON.stringify(before) === JSON.stringify(after);
  if (heap.length < 3) return [[`every invariant held${broken}`, false]];
  const { slope, margin } = lineThrough(heap);
  return [
    [`every invariant held${broken}`, violations.length === 0],
    ["as much open as after the first switches", isSame],
    [
      `heap ${slope.toFixed(0)} ± ${margin.toFixed(0)} bytes a switch (limit ${HEAP_LIMIT_BYTES})`,
      slope + margin < HEAP_LIMIT_BYTES,
    ],
  ];
}
