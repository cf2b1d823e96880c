/** From a request's text to an accepted run: validated, sealed, planned and stored, or refused with its problems. */

import type { Bucket, Bus } from "../../../libs/bus/bus.ts";
import { engineOf } from "../../../libs/engines/registry.ts";
import { plannedDurationMs, plannedPerQuery, planOf } from "../../../libs/load/plan.ts";
import { scheduleHash } from "../../../libs/load/schedule-hash.ts";
import { FIRST_REVISION } from "../../../libs/protocol/change.ts";
import { ConfigProblems, type Problem } from "../../../libs/protocol/config/problems.ts";
import { readConfig } from "../../../libs/protocol/config/read.ts";
import type { BenchmarkConfig, ConfigDocument } from "../../../libs/protocol/config/schema.ts";
import { writtenQueries } from "../../../libs/protocol/config/sides.ts";
import { parseObject } from "../../../libs/protocol/door.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { ID_TAILS, newRunId } from "../../../libs/protocol/ids.ts";
import { RunRecord, runKey, specKey } from "../../../libs/protocol/run.ts";
import type { Clock } from "../../../libs/runtime/clock.ts";
import { sealConfig } from "../../../libs/runtime/secrets.ts";
import { admitRun, type LoadLimits } from "../access/admission.ts";
import { withPrecedent } from "../access/approval.ts";
import type { CoordinatorMetrics } from "../metrics.ts";
import type { StoredRun } from "../run/history/stored-run.ts";

/** Where a request waited before it was taken, or when a series wanted it: taken a second time, it still means the same run. */
export interface Origin {
  readonly seq: number;
  readonly storedMs: number;
}

export interface IntakeParts extends LoadLimits {
  readonly bus: Bus;
  readonly runs: Bucket;
  readonly clock: Clock;
  readonly sealKey: string | undefined;
  /** In [0, 1). */
  readonly random: () => number;
  readonly metrics: Pick<CoordinatorMetrics, "planned">;
}

/** Why a run failed that its leader could not come to drive. */
const WITHDRAWN = "the leader changed before the run was accepted";

/** @throws ConfigProblems */
export function readSubmitted(text: string) {
  const read = readConfig(text);
  if (!read.ok) throw new ConfigProblems(read.problems);
  const problems = filesOf(read.config);
  if (problems.length > 0) throw new ConfigProblems(problems);
  engineOf(read.config.spec.engine);
  return read;
}

/**
 * Accepts a run and stores it; one that was accepted before is given as it is, and is not new.
 * @param live the runs that are live
 * @param more what else its record says
 * @param earlier ids of the runs before it in its series or plan
 * @throws ConfigProblems of a config with problems; nothing is stored
 */
export async function acceptRun(
  parts: IntakeParts,
  text: string,
  epoch: number,
  origin: Origin | undefined,
  live: () => readonly RunRecord[],
  more: Partial<RunRecord> = {},
  earlier: readonly string[] = [],
): Promise<StoredRun> {
  const { bus, runs, clock, random } = parts;
  const read = readSubmitted(text);
  const { config } = read;
  const { document, warnings } = sealConfig(read.document, parts.sealKey);
  const seed = config.spec.seed ?? Math.floor(random() * 2 ** 32);
  const begunMs = clock.nowMs();
  const plan = planOf(config, seed);
  parts.metrics.planned((clock.nowMs() - begunMs) / 1000);
  const planned = plannedPerQuery(plan)?.reduce((sum, count) => sum + count, 0);
  const durationMs = plannedDurationMs(plan);
  const nowMs = clock.nowMs();
  const draft: RunRecord = {
    v: 1,
    id: origin
      ? newRunId(config.metadata.name, origin.storedMs, (origin.seq % ID_TAILS) / ID_TAILS)
      : newRunId(config.metadata.name, nowMs, random()),
    name: config.metadata.name,
    model: plan.model,
    phase: "requested",
    epoch,
    revision: FIRST_REVISION,
    changes: [],
    seed,
    schedule_hash: scheduleHash(config, plan),
    created_ms: nowMs,
    ...(durationMs !== undefined && { duration_ms: durationMs }),
    ...(planned !== undefined && { planned }),
    slots_needed: plan.slotsNeeded,
    verdict_reasons: [],
    labels: config.metadata.labels ?? {},
    warnings,
    ...more,
  };
  await bus.ensurePool(config.spec.workers.pool);
  const before = origin && (await storedBefore(runs, draft.id, config));
  const isWithdrawn = before?.record.failure === WITHDRAWN;
  if (before && !isWithdrawn) return before;
  const admitted = await admitRun(parts, clock, config, plan, live, more.created_by);
  const { demand, approval } = admitted;
  const record = {
    ...draft,
    ...admitted,
    ...(approval && { approval: await withPrecedent(runs, approval, demand, earlier) }),
  };
  await runs.put(specKey(record.id, record.revision), document satisfies ConfigDocument);
  const storedRevision = before
    ? await runs.update(runKey(record.id), record, before.storedRevision)
    : await runs.create(runKey(record.id), record);
  if (storedRevision !== undefined) return { record, storedRevision, config, plan, isNew: true };
  // Somebody was faster by a hair: another leader with the same request, or a run of the same name in the same second.
  const faster = origin && (await storedBefore(runs, record.id, config));
  if (faster) return faster;
  throw new LogburstError("conflict", `there is a run ${record.id} already`, { remedies: ["ask again"] });
}

/**
 * Nobody may come to drive a run that was stored when its leader led no more: whoever asked for it is told to ask again, so
 * it must not begin later.
 * @returns false when another leader has taken it up
 */
export async function withdrawRun(runs: Bucket, { record, storedRevision }: StoredRun): Promise<boolean> {
  const failed: RunRecord = {
    ...record,
    phase: "failed",
    failure: WITHDRAWN,
  };
  return (await runs.update(runKey(record.id), failed, storedRevision)) !== undefined;
}

/** The run that was stored when its request was taken before; its plan is that of the seed which it was given then. */
async function storedBefore(
  runs: Bucket,
  id: string,
  config: BenchmarkConfig,
): Promise<StoredRun | undefined> {
  const entry = await runs.get(runKey(id));
  const parsed = parseObject(RunRecord, entry?.value);
  if (!entry || !parsed.ok) return undefined;
  const plan = planOf(config, parsed.value.seed);
  return { record: parsed.value, storedRevision: entry.revision, config, plan, isNew: false };
}

/** Files beside a config are read by whoever submits it: a coordinator has no such files. */
function filesOf({ spec }: BenchmarkConfig): Problem[] {
  const places = [
    { path: "spec.variables", variables: spec.variables },
    ...writtenQueries(spec).map(({ variables }, index) => ({
      path: `spec.queries[${index}].variables`,
      variables,
    })),
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
