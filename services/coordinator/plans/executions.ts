/** Keeps executions going: one run behind another, stage by stage, whoever leads. */

import type { Bucket } from "../../../libs/bus/bus.ts";
import { type ResolvedStage, resolveItem, type Wanted } from "../../../libs/plans/resolve.ts";
import { nextRun } from "../../../libs/plans/stages.ts";
import { parseObject } from "../../../libs/protocol/door.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { ID_TAILS, newRunId } from "../../../libs/protocol/ids.ts";
import type { RunnableKind } from "../../../libs/protocol/library/documents.ts";
import {
  Execution,
  type ExecutionEvent,
  executionKey,
  type Outcome,
} from "../../../libs/protocol/library/execution.ts";
import { isFinal, RunRecord, runKey, specKey } from "../../../libs/protocol/run.ts";
import { SeriesRecord, seriesKey } from "../../../libs/protocol/series.ts";
import type { Clock } from "../../../libs/runtime/clock.ts";
import { entryNamed } from "../library/store.ts";
import type { CreateRun } from "../series/keeper.ts";
import { createKeeping, type KeepingParts, type Kept } from "../series/keeping.ts";
import { outcomeOfRun, outcomeOfSeries } from "./outcome.ts";

export interface ExecutionParts extends Pick<KeepingParts<Execution, true>, "runs" | "log" | "holds"> {
  readonly library: Bucket;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly createRun: CreateRun;
  readonly isLive: (run: string) => boolean;
  readonly stopRun: (run: string, reason: string) => Promise<void>;
}

export interface StartOfExecution extends Wanted {
  readonly kind: RunnableKind;
  readonly name: string;
  readonly by: string;
  /** Where the same start was asked for before, it is the same execution. */
  readonly id: string;
  readonly schedule?: string;
  readonly fireMs?: number;
}

export interface Executions {
  /** Begins an execution, or finds the one that was begun under the same id. */
  start(asked: StartOfExecution): Promise<Execution>;
  stop(id: string, by: string, reason: string): Promise<Execution>;
  isLive(id: string): boolean;
  /** Goes on with what is due: to be called often. */
  check(): void;
}

type KeptExecution = Kept<Execution, true>;

const MAX_LIVE = 50;

/** Takes over the executions that are under way. */
export async function createExecutions(parts: ExecutionParts): Promise<Executions> {
  const { runs, library, clock, random } = parts;
  const keeping = await createKeeping<Execution, true>({
    ...parts,
    what: "an execution",
    keyOf: executionKey,
    schema: Execution,
    load: async () => true,
    isDue: ({ current, stopping }) =>
      current === undefined || stopping !== undefined || !parts.isLive(current.run_id),
    goOn,
  });

  async function start(asked: StartOfExecution): Promise<Execution> {
    const { id, kind, name, by, schedule, fireMs } = asked;
    const before = parseObject(Execution, (await runs.get(executionKey(id)))?.value);
    if (before.ok) return before.value;
    if (keeping.count() >= MAX_LIVE)
      throw new LogburstError("too_many_runs", `${MAX_LIVE} executions are live, which is the most`, {
        remedies: ["wait for one to end, or stop one"],
      });
    const { item, revision } = await entryNamed(library, kind, name);
    const find = async (of: RunnableKind, named: string) => (await entryNamed(library, of, named)).item;
    const resolved = await resolveItem(item, asked, find);
    const nowMs = clock.nowMs();
    const record: Execution = {
      ...{ v: 1, id, kind, name, revision, phase: "running", created_ms: nowMs, created_by: by },
      ...(schedule !== undefined && { schedule }),
      ...(fireMs !== undefined && { fire_ms: fireMs }),
      stages: resolved.map(({ configs: _configs, ...stage }) => ({ ...stage, state: "waiting" as const })),
      outcomes: [],
      events: [{ at_ms: nowMs, type: "created", text: `${kind} ${name}, asked for by ${by}` }],
    };
    await storeConfigs(id, resolved);
    const kept = await keeping.add(record, true);
    return kept.record;
  }

  async function storeConfigs(id: string, stages: readonly ResolvedStage[]): Promise<void> {
    const configs = stages.flatMap((stage) => stage.configs);
    for (const [at, config] of configs.entries()) await runs.put(specKey(id, at + 1), config);
  }

  async function goOn(kept: KeptExecution): Promise<void> {
    const { current, stopping } = kept.record;
    if (current === undefined) return stopping ? end(kept, "stopped") : advance(kept, []);
    const run = parseObject(RunRecord, (await runs.get(runKey(current.run_id)))?.value);
    if (!run.ok) return stopping ? end(kept, "stopped") : makeRun(kept);
    const outcome = await outcomeOf(run.value, current);
    if (outcome) {
      const isStopped = stopping !== undefined || outcome.phase === "stopped";
      return isStopped ? end(kept, "stopped", [outcome]) : advance(kept, [outcome]);
    }
    if (stopping) await stopWhatRuns(run.value, `${stopping.reason}, asked for by ${stopping.by}`);
    else if (!isFinal(run.value.phase)) await makeRun(kept);
  }

  /** What became of a run, or of the series that it began; undefined while that goes on. */
  async function outcomeOf(run: RunRecord, at: { stage: number; run: number }): Promise<Outcome | undefined> {
    const place = { stage: at.stage, run: at.run, run_id: run.id };
    if (run.series === undefined) return isFinal(run.phase) ? { ...place, ...outcomeOfRun(run) } : undefined;
    const series = await seriesOf(run.series);
    if (!series) return undefined;
    return series.phase === "running"
      ? undefined
      : { ...place, series: series.id, ...outcomeOfSeries(series) };
  }

  async function seriesOf(id: string): Promise<SeriesRecord | undefined> {
    const series = parseObject(SeriesRecord, (await runs.get(seriesKey(id)))?.value);
    return series.ok ? series.value : undefined;
  }

  /** A series is over when its run is stopped. */
  async function stopWhatRuns(run: RunRecord, reason: string): Promise<void> {
    const series = run.series === undefined ? undefined : await seriesOf(run.series);
    const id = series?.current.run_id ?? run.id;
    if (parts.isLive(id)) await parts.stopRun(id, reason);
  }

  /** Notes what became of runs, and makes what comes next. */
  async function advance(kept: KeptExecution, ended: readonly Outcome[]): Promise<void> {
    const { record } = kept;
    const outcomes = [...record.outcomes, ...ended];
    const next = nextRun(record.stages, outcomes);
    const stages = record.stages.map((stage, at) => ({ ...stage, state: next.states[at] ?? stage.state }));
    const events = eventsOf(record, stages, ended);
    if (next.do === "end") return end(kept, "completed", ended, next.verdict, stages);
    const { stage, run } = next;
    const current = await currentOf(record, stage, run);
    events.push(
      eventOf(
        "run_started",
        { stage: stages[stage]?.name, run_id: current.run_id },
        stages[stage]?.scenarios[run] ?? "",
      ),
    );
    await keeping.save(kept, { stages, outcomes, current, events: [...record.events, ...events] });
    await makeRun(kept);
  }

  async function currentOf(record: Execution, stage: number, run: number) {
    const { metadata } = (await configOf(record, stage, run)) as { metadata: { name: string } };
    const createdMs = clock.nowMs();
    const tail = Math.floor(random() * ID_TAILS);
    const id = newRunId(metadata.name, createdMs, tail / ID_TAILS);
    return { stage, run, run_id: id, created_ms: createdMs, tail };
  }

  async function configOf({ id, stages }: Execution, stage: number, run: number): Promise<unknown> {
    const before = stages.slice(0, stage).reduce((sum, { scenarios }) => sum + scenarios.length, 0);
    const stored = await runs.get(specKey(id, before + run + 1));
    if (stored) return stored.value;
    throw new LogburstError("not_found", `a config of execution ${id} is gone`);
  }

  async function makeRun({ record }: KeptExecution): Promise<void> {
    const { id, current, created_by: by, outcomes } = record;
    if (!current) return;
    const text = JSON.stringify(await configOf(record, current.stage, current.run));
    const origin = { storedMs: current.created_ms, seq: current.tail };
    const earlier = outcomes.map(({ run_id: run }) => run);
    await parts.createRun(text, origin, { created_by: by, execution: id }, earlier);
  }

  async function end(
    kept: KeptExecution,
    phase: "completed" | "stopped",
    ended: readonly Outcome[] = [],
    verdict?: Execution["verdict"],
    stages = cutOff(kept.record.stages),
  ): Promise<void> {
    const { record } = kept;
    const text = verdict === undefined ? phase : `${phase}: ${verdict}`;
    await keeping.save(kept, {
      ...{ phase, stages, ended_ms: clock.nowMs(), outcomes: [...record.outcomes, ...ended] },
      ...(verdict !== undefined && { verdict }),
      current: undefined,
      events: [...record.events, ...eventsOf(record, stages, ended), eventOf("ended", {}, text)],
    });
  }

  function eventOf(
    type: ExecutionEvent["type"],
    place: Pick<ExecutionEvent, "stage" | "run_id">,
    text: string,
  ): ExecutionEvent {
    return { at_ms: clock.nowMs(), type, ...place, text };
  }

  /** What has happened since the record was written. */
  function eventsOf(
    { stages: before }: Execution,
    stages: Execution["stages"],
    ended: readonly Outcome[],
  ): ExecutionEvent[] {
    const runsEnded = ended.map(({ stage, run_id: run, verdict, reason }) =>
      eventOf(
        "run_ended",
        { stage: before[stage]?.name, run_id: run },
        reason === undefined ? verdict : `${verdict}: ${reason}`,
      ),
    );
    const changed = stages.flatMap(({ name, state }, at) => {
      if (state === before[at]?.state || state === "waiting") return [];
      const type = state === "running" ? "stage_started" : "stage_ended";
      return [eventOf(type, { stage: name }, state)];
    });
    return [...runsEnded, ...changed];
  }

  return {
    start,
    async stop(id, by, reason) {
      const kept = keeping.live(id);
      if (!kept) throw await notLive(runs, id);
      if (kept.isBusy)
        throw new LogburstError("conflict", `execution ${id} is about to begin a run`, {
          remedies: ["ask again"],
        });
      const { stopping, events } = kept.record;
      const said = eventOf("stopping", {}, `${reason}, asked for by ${by}`);
      if (!stopping)
        await keeping.work(kept, () =>
          keeping.save(kept, { stopping: { by, reason }, events: [...events, said] }),
        );
      return kept.record;
    },
    isLive: (id) => keeping.live(id) !== undefined,
    check: keeping.check,
  };
}

/** The stages of an execution that ends before its time. */
function cutOff(stages: Execution["stages"]): Execution["stages"] {
  const ends = { running: "inconclusive", waiting: "skipped" } as const;
  return stages.map((stage) => ({ ...stage, state: ends[stage.state as keyof typeof ends] ?? stage.state }));
}

async function notLive(runs: Bucket, id: string): Promise<LogburstError> {
  const execution = await executionNamed(runs, id);
  return new LogburstError("conflict", `execution ${id} is ${execution.phase}`, {
    remedies: ["only one that is running can be stopped"],
  });
}

/** @throws LogburstError `not_found` */
export async function executionNamed(runs: Bucket, id: string): Promise<Execution> {
  const execution = parseObject(Execution, (await runs.get(executionKey(id)))?.value);
  if (execution.ok) return execution.value;
  throw new LogburstError("not_found", `there is no execution ${id}`, { remedies: ["list the executions"] });
}
