/** The chaos suite: all faults, and how they are driven: those of one setup after each other on one stage. */

import { AGGREGATOR_FAULTS } from "./aggregator-faults.ts";
import { COORDINATOR_FAULTS } from "./coordinator-faults.ts";
import type { Case, Fault } from "./fault.ts";
import { NATS_FAULTS } from "./nats-faults.ts";
import { CHANGE_FAULTS, ENDING_FAULTS } from "./operator-faults.ts";
import { failedRow, runRow } from "./row.ts";
import { SLICE_FAULTS } from "./slice-faults.ts";
import { buildStage, type Stage } from "./stage.ts";
import type { Row } from "./table.ts";
import { WORKER_FAULTS } from "./worker-faults.ts";

export const FAULTS: readonly Fault[] = [
  ...WORKER_FAULTS,
  ...NATS_FAULTS,
  ...COORDINATOR_FAULTS,
  ...AGGREGATOR_FAULTS,
  ...SLICE_FAULTS,
  ...CHANGE_FAULTS,
  ...ENDING_FAULTS,
];

/** Rows on one stage before it is built anew, so that stages side by side end at about the same time. */
const MAX_ROWS_OF_STAGE = 4;

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

/** Cases of the same setup, some at a time. */
function groupsOf(cases: readonly Case[]): Case[][] {
  const bySetup = new Map<string, Case[]>();
  for (const next of cases) {
    const key = JSON.stringify(next.fault.setup ?? {});
    bySetup.set(key, [...(bySetup.get(key) ?? []), next]);
  }
  return [...bySetup.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / MAX_ROWS_OF_STAGE) }, (_, index) =>
      group.slice(index * MAX_ROWS_OF_STAGE, (index + 1) * MAX_ROWS_OF_STAGE),
    ),
  );
}

/** Drives the cases of one setup. After a row that is wrong, or has used its stage up, the next has a stage of its own. */
async function runGroup(group: readonly Case[], targetUrl: string, see: (row: Row) => void): Promise<void> {
  let stage: Stage | undefined;
  for (const next of group) {
    let row: Row;
    try {
      stage ??= await buildStage(next.fault.setup ?? {});
      await stage.restore();
      row = await runRow(stage, next, targetUrl);
    } catch (error) {
      row = failedRow(next, error);
    }
    see(row);
    if (row.complaints.length === 0 && !next.fault.duringMuster) continue;
    await stage?.[Symbol.asyncDispose]();
    stage = undefined;
  }
  await stage?.[Symbol.asyncDispose]();
}

/** @param atOnce stages side by side */
export async function runCases(
  cases: readonly Case[],
  atOnce: number,
  targetUrl: string,
  see: (row: Row) => void,
): Promise<void> {
  const waiting = groupsOf(cases);
  async function work(): Promise<void> {
    for (let group = waiting.shift(); group; group = waiting.shift()) await runGroup(group, targetUrl, see);
  }
  await Promise.all(Array.from({ length: atOnce }, work));
}
