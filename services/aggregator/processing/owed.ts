/** The ends of runs that processors are still owed: stored before anything of a run is folded, gone when everybody was told. */

import { type Bucket, type Objects, reportName } from "../../../libs/bus/bus.ts";
import { validateConfig } from "../../../libs/protocol/config/read.ts";
import type { BenchmarkConfig } from "../../../libs/protocol/config/schema.ts";
import { parseObject } from "../../../libs/protocol/door.ts";
import { Owed, owedKey, type RunEnded } from "../../../libs/protocol/processing.ts";
import { Report } from "../../../libs/protocol/report.ts";
import { isFinal, RunRecord, runKey, specKey } from "../../../libs/protocol/run.ts";
import { endTold, failureTold } from "./told.ts";

/** A run that is over, and whose end not everybody was told. */
export interface OwedEnd {
  readonly record: RunRecord;
  readonly config: BenchmarkConfig | undefined;
  readonly told: RunEnded;
  readonly done: readonly string[];
}

/** The runs that somebody is owed the end of, or will be. */
export async function owedRuns(runs: Bucket): Promise<string[]> {
  return (await runs.keys(owedKey("*"))).map((key) => key.slice(owedKey("").length));
}

/** What is stored of a run that is owed; nothing where it is not over yet, or was deleted. */
export async function readOwed(runs: Bucket, reports: Objects, run: string): Promise<OwedEnd | undefined> {
  const owed = parseObject(Owed, (await runs.get(owedKey(run)))?.value);
  if (!owed.ok) return undefined;
  const record = parseObject(RunRecord, (await runs.get(runKey(run)))?.value);
  if (!record.ok) {
    await runs.delete(owedKey(run));
    return undefined;
  }
  const told = await endOf(reports, record.value);
  if (!told) return undefined;
  const spec = validateConfig((await runs.get(specKey(run, record.value.revision)))?.value);
  return { record: record.value, config: spec.ok ? spec.config : undefined, told, done: owed.value.done };
}

async function endOf(reports: Objects, record: RunRecord): Promise<RunEnded | undefined> {
  const text = await reports.get(reportName(record.id));
  const report = text === undefined ? undefined : parseObject(Report, JSON.parse(text));
  if (report?.ok) return endTold(report.value);
  if (!isFinal(record.phase)) return undefined;
  const failure = record.failure ?? `it is ${record.phase}, without a report`;
  return failureTold(record.id, record.name, failure, record.ended_ms ?? record.created_ms);
}
