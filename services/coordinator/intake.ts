/** From a request's text to an accepted run: validated, sealed, planned and stored, or refused with its problems. */

import type { Bucket, Bus } from "../../libs/bus/bus.ts";
import { engineNamed } from "../../libs/engines/registry.ts";
import { type Plan, plannedDurationMs, plannedPerQuery, planOf } from "../../libs/load/plan.ts";
import { scheduleHash } from "../../libs/load/schedule-hash.ts";
import type { Problem } from "../../libs/protocol/config/problems.ts";
import { readConfig } from "../../libs/protocol/config/read.ts";
import type { BenchmarkConfig, ConfigDocument } from "../../libs/protocol/config/schema.ts";
import { LogburstError } from "../../libs/protocol/errors.ts";
import { newRunId } from "../../libs/protocol/ids.ts";
import { type RunRecord, runKey, specKey } from "../../libs/protocol/run.ts";
import type { Clock } from "../../libs/runtime/clock.ts";
import { sealConfig } from "../../libs/runtime/secrets.ts";

/** A request that was refused because of its config. */
export class ConfigProblems extends LogburstError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const [first] = problems;
    super(
      "bad_config",
      `the config has ${problems.length} problem(s): ${first ? `${first.path}: ${first.message}` : ""}`,
    );
    this.problems = problems;
  }
}

export interface Accepted {
  readonly record: RunRecord;
  readonly config: BenchmarkConfig;
  readonly plan: Plan;
}

export interface IntakeParts {
  readonly bus: Bus;
  readonly runs: Bucket;
  readonly clock: Clock;
  readonly sealKey: string | undefined;
  /** In [0, 1). */
  readonly random: () => number;
}

/** The first revision of a run's spec. */
const FIRST_REVISION = 1;

/** Accepts a run and stores it. A config with problems is a `ConfigProblems`, and nothing is stored. */
export async function acceptRun(parts: IntakeParts, text: string, epoch: number): Promise<Accepted> {
  const { bus, runs, clock, random } = parts;
  const read = readConfig(text);
  if (!read.ok) throw new ConfigProblems(read.problems);
  const problems = filesOf(read.config);
  if (problems.length > 0) throw new ConfigProblems(problems);
  const { config } = read;
  engineNamed(config.spec.engine.name);
  const { document, warnings } = sealConfig(read.document, parts.sealKey);
  const seed = config.spec.seed ?? Math.floor(random() * 2 ** 32);
  const plan = planOf(config, seed);
  const planned = plannedPerQuery(plan)?.reduce((sum, count) => sum + count, 0);
  const durationMs = plannedDurationMs(plan);
  const nowMs = clock.nowMs();
  const record: RunRecord = {
    v: 1,
    id: newRunId(config.metadata.name, nowMs, random()),
    name: config.metadata.name,
    model: plan.model,
    phase: "requested",
    epoch,
    revision: FIRST_REVISION,
    seed,
    schedule_hash: scheduleHash(config, plan),
    created_ms: nowMs,
    ...(durationMs !== undefined && { duration_ms: durationMs }),
    ...(planned !== undefined && { planned }),
    slots_needed: plan.slotsNeeded,
    verdict_reasons: [],
    warnings,
  };
  await bus.ensurePool(config.spec.workers.pool);
  await runs.put(specKey(record.id, record.revision), document satisfies ConfigDocument);
  await runs.put(runKey(record.id), record);
  return { record, config, plan };
}

/** Files beside a config are read by whoever submits it: a coordinator has no such files. */
function filesOf({ spec }: BenchmarkConfig): Problem[] {
  const places = [
    { path: "spec.variables", variables: spec.variables },
    ...spec.queries.map(({ variables }, index) => ({ path: `spec.queries[${index}].variables`, variables })),
  ];
  return places.flatMap(({ path, variables }) =>
    Object.entries(variables)
      .filter(([, variable]) => variable.csv)
      .map(([name]) => ({
        path: `${path}.${name}.csv`,
        message: "names a file, which only the command line can read",
        remedy: "submit the config with logburst run, or write the values as a list",
      })),
  );
}
