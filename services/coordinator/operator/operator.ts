/** The leader as an operator: BenchmarkConfigs that are applied to a cluster run, their status says how far, their end is the run's. */

import { isDeepStrictEqual } from "node:util";
import { type Cluster, isOutdated } from "../../../libs/cluster/cluster.ts";
import {
  BENCHMARK_RESOURCE,
  type BenchmarkObject,
  FINALIZER,
} from "../../../libs/protocol/benchmark-object.ts";
import { ConfigProblems } from "../../../libs/protocol/config/problems.ts";
import { API_VERSION } from "../../../libs/protocol/config/schema.ts";
import { type ErrorCode, LogburstError, messageOf } from "../../../libs/protocol/errors.ts";
import type { Clock } from "../../../libs/runtime/clock.ts";
import type { Log } from "../../../libs/runtime/log.ts";
import type { Caller } from "../api/guard.ts";
import { readSubmitted } from "../api/intake.ts";
import type { Verbs } from "../api/verbs/handlers.ts";
import { type Acceptance, isSettled, nextStep, PUT_OFF, type Seen, statusOf } from "./decide.ts";
import { startMirror } from "./mirror.ts";

export interface OperatorParts {
  readonly cluster: Cluster;
  /** What the leader does for whoever asks. */
  readonly verbs: Pick<
    Verbs,
    "run.create" | "run.get" | "run.apply" | "run.stop" | "series.get" | "series.stop"
  >;
  /** The store of reports, by its name. */
  readonly reports: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether this coordinator leads still. */
  readonly holds: () => boolean;
}

export interface Operator {
  close(): void;
}

/** Runs that are under way are looked at so often. */
const CHECK_MS = 1000;
/** Problems of a spec that its status names. */
const MAX_PROBLEMS = 5;

/** What passes by itself: the spec is asked for again. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...(["no_leader", "bus_unavailable", "too_many_runs", "caps_reached", "killed", "internal"] as const),
]);

/** What is said of a good spec that is no change of the live run: it differs in what cannot be changed, or nothing can be now. */
const OTHER_RUN: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["bad_config", "conflict"]);

export function startOperator(parts: OperatorParts): Operator {
  const { cluster, clock, log, holds } = parts;
  const waiting = new Set<string>();
  /** What was last complained of about each object, so that it is said once. */
  const complaints = new Map<string, string>();
  let isBusy = false;
  let isClosed = false;

  const mirror = startMirror(cluster, parts, (name) => {
    waiting.add(name);
    void work();
  });
  const cancel = clock.every(CHECK_MS, () => {
    for (const object of mirror.all()) if (!isSettled(object)) waiting.add(object.metadata.name);
    void work();
  });

  /** One object after the other. */
  async function work(): Promise<void> {
    if (isBusy) return;
    isBusy = true;
    for (const name of waiting) {
      waiting.delete(name);
      const object = mirror.get(name);
      if (!object) complaints.delete(name);
      else if (!isClosed && holds()) await look(name, object);
    }
    isBusy = false;
  }

  async function look(name: string, object: BenchmarkObject): Promise<void> {
    try {
      await see(parts, object, mirror.put);
      complaints.delete(name);
    } catch (error) {
      // Somebody else has written it: what it is by now is about to be heard.
      if (isOutdated(error) || complaints.get(name) === messageOf(error)) return;
      complaints.set(name, messageOf(error));
      log.warn({ object: name, err: messageOf(error) }, "a BenchmarkConfig cannot be seen to yet");
    }
  }

  log.info({ namespace: cluster.namespace }, "BenchmarkConfigs of this namespace are seen to");
  return {
    close() {
      isClosed = true;
      cancel();
      mirror.close();
    },
  };
}

/** Does what is to be done about an object, and says so in its status. */
async function see(
  parts: OperatorParts,
  object: BenchmarkObject,
  put: (object: BenchmarkObject) => void,
): Promise<void> {
  const { cluster } = parts;
  const { finalizers = [] } = object.metadata;
  const seen = await seenOf(parts, object);
  const step = nextStep(object, seen);
  switch (step) {
    case "finalize":
      return put(await cluster.setFinalizers(object, [...finalizers, FINALIZER]));
    case "release": {
      const others = finalizers.filter((name) => name !== FINALIZER);
      await cluster.setFinalizers(object, others);
      return;
    }
    case "stop":
      await stop(parts, object, seen);
      return;
    case "start": {
      const { acceptance, run } = await start(parts, object);
      return tell(parts, object, run ? await seenOf(parts, object, run) : {}, put, acceptance);
    }
    case "apply":
      return tell(parts, object, seen, put, await apply(parts, object, seen));
    case "look":
      return tell(parts, object, seen, put);
    default:
      step satisfies never;
  }
}

/** Writes the status, if it says something else by now. */
async function tell(
  { cluster, reports, clock }: OperatorParts,
  object: BenchmarkObject,
  seen: Seen,
  put: (object: BenchmarkObject) => void,
  acceptance?: Acceptance,
): Promise<void> {
  const status = statusOf(object, seen, reports, clock.nowMs(), acceptance);
  if (!isDeepStrictEqual(status, object.status)) put(await cluster.setStatus(object, status));
}

/** @param id of its run, where its status does not say it yet */
async function seenOf(
  { verbs }: OperatorParts,
  object: BenchmarkObject,
  id = object.status?.runId,
): Promise<Seen> {
  if (id === undefined) return {};
  const caller = callerOf(object);
  const run = await unlessGone(verbs["run.get"]({ id }, caller));
  // Of a run that was made just now the status knows nothing: it may still have the series before.
  const known = id === object.status?.runId ? object.status.seriesId : undefined;
  const of = run?.series ?? known;
  if (of === undefined) return { run };
  const series = await unlessGone(verbs["series.get"]({ id: of }, caller));
  const current = series?.current.run_id;
  if (current === undefined || current === id) return { run, series };
  // The next run of a series may not be made yet: until then it is the one before.
  return { run: (await unlessGone(verbs["run.get"]({ id: current }, caller))) ?? run, series };
}

/** A run that was deleted is none. */
async function unlessGone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof LogburstError && error.code === "not_found") return undefined;
    throw error;
  }
}

/** Asks for the run. Asked again, by this leader or the next one, it is the same run. */
async function start({ verbs }: OperatorParts, object: BenchmarkObject) {
  const { uid, generation } = object.metadata;
  const key = `${uid}.${generation}`;
  try {
    const wish = { config: configOf(object), start: true, idempotency_key: key };
    const { id } = await verbs["run.create"](wish, callerOf(object));
    const message = `generation ${generation} is run ${id}`;
    return { run: id, acceptance: { accepted: true, reason: "Started", message } };
  } catch (error) {
    return { run: undefined, acceptance: refusalOf(error) };
  }
}

/** Makes a live run what the spec says now, or puts it off where that is another run. */
async function apply({ verbs }: OperatorParts, object: BenchmarkObject, { run, series }: Seen) {
  const { generation } = object.metadata;
  const config = configOf(object);
  try {
    // What is wrong with a spec is told at once, not when its turn has come.
    readSubmitted(config);
  } catch (error) {
    return refusalOf(error);
  }
  if (series || !run) return putOff(generation, "a series cannot be changed while it runs");
  try {
    await verbs["run.apply"]({ id: run.id, config }, callerOf(object));
    const message = `run ${run.id} is changed to generation ${generation}`;
    return { accepted: true, reason: "Changed", message };
  } catch (error) {
    const refusal = refusalOf(error);
    const isOther = error instanceof LogburstError && OTHER_RUN.has(error.code);
    return isOther ? putOff(generation, refusal.message) : refusal;
  }
}

/** It is looked at again when what is under way is over. */
function putOff(generation: number, why: string): Acceptance {
  const message = `generation ${generation} begins when what is under way is over: ${why}`;
  return { accepted: false, reason: PUT_OFF, message, isPassing: true };
}

async function stop({ verbs, log }: OperatorParts, object: BenchmarkObject, { run, series }: Seen) {
  const caller = callerOf(object);
  const reason = "its BenchmarkConfig was deleted";
  try {
    if (series) await verbs["series.stop"]({ id: series.id, reason }, caller);
    else if (run) await verbs["run.stop"]({ id: run.id, reason }, caller);
  } catch (error) {
    // It ends already, or is about to be taken over: the next look tells.
    log.debug({ run_id: run?.id, err: messageOf(error) }, "the run is not stopped yet");
  }
}

/** The object as a config: what the API and kubectl have added is left out. */
function configOf({ metadata: { name, labels }, spec }: BenchmarkObject): string {
  const { kind } = BENCHMARK_RESOURCE;
  return JSON.stringify({
    apiVersion: API_VERSION,
    kind,
    metadata: { name, ...(labels && { labels }) },
    spec,
  });
}

/** Whoever may write objects into the namespace: who that is, is the cluster's to decide. */
function callerOf({ metadata: { namespace } }: BenchmarkObject): Caller {
  const name = `kubernetes:${namespace}`;
  return { name, role: "operator", via: "Kubernetes", authorization: undefined, address: undefined };
}

function refusalOf(error: unknown): Acceptance {
  if (error instanceof ConfigProblems) {
    // Lines and columns are those of a text that nobody wrote.
    const words = error.problems
      .slice(0, MAX_PROBLEMS)
      .map(({ path, message, remedy }) => `${path}: ${message}; ${remedy}`);
    return { accepted: false, reason: "BadConfig", message: words.join("\n") };
  }
  const { code, remedies } =
    error instanceof LogburstError ? error : { code: "internal" as const, remedies: [] };
  const message = [messageOf(error), ...remedies.slice(0, 1)].join("; ");
  const reason = code.replace(/(?:^|_)([a-z])/g, (_all, letter: string) => letter.toUpperCase());
  return { accepted: false, reason, message, ...(PASSING.has(code) && { isPassing: true }) };
}
