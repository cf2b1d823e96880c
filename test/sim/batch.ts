/** Many histories: played one after the other, and added up. */

import type { FaultKind } from "./faults.ts";
import { type Figures, runHistory } from "./history.ts";
import type { Violation } from "./oracle.ts";
import { type ScenarioOptions, scenarioOf } from "./scenario.ts";

export interface Failure {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** The end of the history, event by event. */
  readonly last: readonly string[];
}

/** What came of many histories. */
export interface Summary {
  histories: number;
  clean: number;
  events: number;
  virtualMs: number;
  readonly figures: Record<keyof Figures, number>;
  readonly faults: Partial<Record<FaultKind, number>>;
  readonly failures: Failure[];
}

/** Failures that are told in full; one is enough to look into. */
const MOST_FAILURES = 20;
const LAST_EVENTS = 40;

export function emptySummary(): Summary {
  const figures = {
    runs: 0,
    completed: 0,
    stopped: 0,
    aborted: 0,
    failed: 0,
    sent: 0,
    ok: 0,
    missed: 0,
    lost: 0,
    superseded: 0,
    untoldByDead: 0,
    changes: 0,
    series: 0,
  };
  return { histories: 0, clean: 0, events: 0, virtualMs: 0, figures, faults: {}, failures: [] };
}

/** @param untilFailure stops at the first history that goes wrong */
export async function playSeeds(
  first: number,
  count: number,
  untilFailure = false,
  options: ScenarioOptions = {},
): Promise<Summary> {
  const summary = emptySummary();
  for (let seed = first; seed < first + count; seed++) {
    await playSeed(seed, summary, options);
    if (untilFailure && summary.failures.length > 0) break;
  }
  return summary;
}

async function playSeed(seed: number, summary: Summary, options: ScenarioOptions): Promise<void> {
  const history = await runHistory(scenarioOf(seed, options));
  const { scenario, events, virtualMs, figures, violations, trace } = history;
  summary.histories++;
  if (scenario.isClean) summary.clean++;
  summary.events += events;
  summary.virtualMs += virtualMs;
  for (const key of Object.keys(figures) as (keyof Figures)[]) summary.figures[key] += figures[key];
  for (const { kind } of scenario.faults) summary.faults[kind] = (summary.faults[kind] ?? 0) + 1;
  if (violations.length > 0) summary.failures.push({ seed, violations, last: trace.last(LAST_EVENTS) });
}

/** Adds a part to the whole. */
export function addSummary(whole: Summary, part: Summary): void {
  whole.histories += part.histories;
  whole.clean += part.clean;
  whole.events += part.events;
  whole.virtualMs += part.virtualMs;
  for (const key of Object.keys(part.figures) as (keyof Figures)[]) whole.figures[key] += part.figures[key];
  for (const [kind, count] of Object.entries(part.faults) as [FaultKind, number][])
    whole.faults[kind] = (whole.faults[kind] ?? 0) + count;
  for (const failure of part.failures)
    if (whole.failures.length < MOST_FAILURES) whole.failures.push(failure);
}
