/** A run as a worker has it open: its config, its plans by revision, its target. Read from the bucket once, kept while it is used. */

import type { Bucket, Bus } from "../../../libs/bus/bus.ts";
import type { CompiledQuery, Engine, HttpLane, Session } from "../../../libs/engines/engine.ts";
import { pairedSession, scopeOf } from "../../../libs/engines/paired-session.ts";
import { compileTexts } from "../../../libs/engines/texts.ts";
import { revisedPlanOf } from "../../../libs/load/changes.ts";
import { type Plan, planOf } from "../../../libs/load/plan.ts";
import { FIRST_REVISION, Revision, revisionKey } from "../../../libs/protocol/change.ts";
import type { EngineChoice } from "../../../libs/protocol/config/engines.ts";
import { validateConfig } from "../../../libs/protocol/config/read.ts";
import type { BenchmarkConfig } from "../../../libs/protocol/config/schema.ts";
import type { Target } from "../../../libs/protocol/config/target.ts";
import { parseObject } from "../../../libs/protocol/door.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { isFinal, RunRecord, runKey, specKey } from "../../../libs/protocol/run.ts";
import type { Clock } from "../../../libs/runtime/clock.ts";
import { configSecret, type TargetSecrets } from "../../../libs/runtime/secrets.ts";
import { lookupFor } from "../../../libs/targets/lookup.ts";

export interface OpenedRun<P extends Plan = Plan> {
  readonly id: string;
  readonly config: BenchmarkConfig;
  readonly plan: P;
  readonly revision: number;
  readonly session: Session;
  /** By index in the config. */
  readonly queries: readonly CompiledQuery[];
}

/** What of a worker's settings matters where a run is opened. */
interface RunOptions {
  readonly secrets: TargetSecrets;
  readonly http?: HttpLane;
  /** Rules of the worker's own for targets; those of the run hold in any case. */
  readonly targets?: () => readonly string[] | undefined;
}

interface Entry {
  /** As it was accepted. */
  readonly run: Promise<OpenedRun>;
  value?: OpenedRun;
  usedMs: number;
  /** As it was changed. */
  readonly revisions: Map<number, Promise<OpenedRun>>;
}

/** A run that nobody asked for in this time is closed. */
const IDLE_LIMIT_MS = 60_000;
/** Revisions of a run that are kept: slices are of the last few. */
const MAX_REVISIONS = 10;

export interface OpenedRuns {
  /** The run at one of its revisions; opened if it is not open yet. */
  open(id: string, revision: number): Promise<OpenedRun>;
  record(id: string): Promise<RunRecord | undefined>;
  all(): OpenedRun[];
  /** Closes the runs that nobody used for a while, other than those that have slices here. */
  closeIdle(inUse: ReadonlySet<string>): Promise<void>;
  close(): Promise<void>;
}

export function createOpenedRuns(
  bus: Bus,
  clock: Clock,
  { secrets, http, targets }: RunOptions,
  engineOf: (choice: EngineChoice) => Engine,
): OpenedRuns {
  const opened = new Map<string, Entry>();
  let bucket: Promise<Bucket> | undefined;

  function runs(): Promise<Bucket> {
    bucket ??= bus.runsBucket().catch((error: unknown) => {
      bucket = undefined;
      throw error;
    });
    return bucket;
  }

  async function record(id: string): Promise<RunRecord | undefined> {
    const entry = await (await runs()).get(runKey(id));
    const parsed = parseObject(RunRecord, entry?.value);
    return parsed.ok ? parsed.value : undefined;
  }

  async function load(id: string): Promise<OpenedRun> {
    const [entry, stored] = await Promise.all([(await runs()).get(specKey(id, FIRST_REVISION)), record(id)]);
    const read = validateConfig(entry?.value);
    if (!read.ok || !stored) throw new LogburstError("not_found", `run ${id} has no readable spec`);
    const { spec } = read.config;
    const engine = engineOf(spec.engine);
    const sessionOn = (target: Target, scope: string) =>
      engine.open({
        target,
        engine: spec.engine,
        scope,
        resolveSecret: (source) => configSecret(source, secrets, stored.allowed?.local ?? false),
        now: clock.nowMs,
        texts: compileTexts,
        http,
        lookup: lookupFor(target.url, stored.allowed, targets?.(), target.host_aliases),
      });
    const session = spec.targets
      ? pairedSession({
          a: sessionOn(spec.targets.a, scopeOf(id, "a")),
          b: sessionOn(spec.targets.b, scopeOf(id, "b")),
        })
      : sessionOn(spec.target, scopeOf(id));
    const queries = spec.queries.map((query) => session.compile(query, spec.variables));
    const plan = planOf(read.config, stored.seed);
    return { id, config: read.config, plan, revision: FIRST_REVISION, session, queries };
  }

  /** The same run, with what was changed in it up to a revision. */
  async function change(run: OpenedRun, revision: number): Promise<OpenedRun> {
    const entry = await (await runs()).get(revisionKey(run.id, revision));
    const stored = parseObject(Revision, entry?.value);
    if (!stored.ok) throw new LogburstError("not_found", `run ${run.id} has no revision ${revision}`);
    const { plan } = revisedPlanOf(run.config, run.plan.seed, stored.value.changes);
    return { ...run, plan, revision };
  }

  function entryOf(id: string): Entry {
    const known = opened.get(id);
    if (known) return known;
    const entry: Entry = { run: load(id), usedMs: clock.nowMs(), revisions: new Map() };
    opened.set(id, entry);
    entry.run.then(
      (run) => {
        entry.value = run;
      },
      () => opened.delete(id),
    );
    return entry;
  }

  function revisionIn(entry: Entry, revision: number): Promise<OpenedRun> {
    if (revision === FIRST_REVISION) return entry.run;
    let run = entry.revisions.get(revision);
    if (!run) {
      run = entry.run.then((first) => change(first, revision));
      entry.revisions.set(revision, run);
      if (entry.revisions.size > MAX_REVISIONS)
        entry.revisions.delete(entry.revisions.keys().next().value as number);
      run.catch(() => entry.revisions.delete(revision));
    }
    return run;
  }

  async function closeIf(condition: (run: OpenedRun, usedMs: number) => boolean): Promise<void> {
    for (const [key, { value, usedMs }] of opened) {
      if (!value || !condition(value, usedMs)) continue;
      opened.delete(key);
      await value.session.close();
    }
  }

  return {
    open(id, revision) {
      const entry = entryOf(id);
      entry.usedMs = clock.nowMs();
      return revisionIn(entry, revision);
    },
    record,
    all: () => [...opened.values()].flatMap(({ value }) => (value ? [value] : [])),
    closeIdle: (inUse) =>
      closeIf((run, usedMs) => !inUse.has(run.id) && clock.nowMs() - usedMs > IDLE_LIMIT_MS),
    close: () => closeIf(() => true),
  };
}

/** Whether a muster slice of a run is still to be held. */
export function isWaiting(record: RunRecord | undefined): boolean {
  return (
    record !== undefined &&
    !isFinal(record.phase) &&
    (record.phase === "requested" || record.phase === "mustering")
  );
}
