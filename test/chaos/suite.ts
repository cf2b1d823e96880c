/** The chaos suite: all faults, and how they are run one after the other, or a few side by side. */

import { AGGREGATOR_FAULTS } from "./aggregator-faults.ts";
import { COORDINATOR_FAULTS } from "./coordinator-faults.ts";
import type { Fault, Model } from "./fault.ts";
import { NATS_FAULTS } from "./nats-faults.ts";
import { runRow } from "./row.ts";
import { SLICE_FAULTS } from "./slice-faults.ts";
import type { Row } from "./table.ts";
import { WORKER_FAULTS } from "./worker-faults.ts";

export const FAULTS: readonly Fault[] = [
  ...WORKER_FAULTS,
  ...NATS_FAULTS,
  ...COORDINATOR_FAULTS,
  ...AGGREGATOR_FAULTS,
  ...SLICE_FAULTS,
];

export interface Case {
  readonly fault: Fault;
  readonly model: Model;
  readonly seed: number;
}

/** Each fault with each of its models, or with the first only; in later rounds with the seeds that follow. */
export function casesOf(faults: readonly Fault[], seed: number, rounds: number, isShort: boolean): Case[] {
  return Array.from({ length: rounds }, (_, round) =>
    faults.flatMap((fault) =>
      (isShort ? fault.models.slice(0, 1) : fault.models).map((model) => ({
        fault,
        model,
        seed: seed + round,
      })),
    ),
  ).flat();
}

/** @param atOnce cases that run side by side, each on a system of its own */
export async function runCases(
  cases: readonly Case[],
  atOnce: number,
  targetUrl: string,
  see: (row: Row) => void,
): Promise<void> {
  const waiting = [...cases];
  async function work(): Promise<void> {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      see(await runRow(next.fault, next.model, next.seed, targetUrl));
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work));
}
