/**
 * How a run is changed while it runs: what is asked for becomes a change with its time and revision, is stored for the workers,
 * put into the log of results, and holds once it is read there, whoever put it there.
 */

import type { Course } from "../../../libs/fold/course.ts";
import { revisionOf, whyNotChanged } from "../../../libs/load/changes.ts";
import {
  type Change,
  type ChangeRequest,
  PAUSE_LIMIT_MS,
  type Revision,
  revisionKey,
} from "../../../libs/protocol/change.ts";
import type { BenchmarkConfig } from "../../../libs/protocol/config/schema.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import type { Changed } from "../../../libs/protocol/result.ts";
import { deadline } from "./deadline.ts";
import type { RunLog, RunLogParts } from "./log.ts";

/** What is asked for. */
export type Wish =
  | { readonly kind: "pause" | "resume" }
  | { readonly kind: "change"; readonly request: ChangeRequest };

export interface Changing {
  /** Resolves when the change holds. @throws LogburstError `conflict`, `bad_request`, `no_leader` */
  ask(wish: Wish, by: string): Promise<void>;
  /** The log of results has a change. @param why it does not hold; undefined when it does */
  heard(entry: Changed, why: string | undefined): void;
  /** Whether something was asked for that is not yet read in the log: the run must not end before it. */
  isUnderWay(): boolean;
  /** Whether a pause has lasted for so long that the run is to be ended. */
  isPausedTooLong(): boolean;
}

/**
 * From a wish to its time: for the change to be stored and read, for slices to be published anew and to reach their workers.
 * A lane of the open model goes on as it was for up to a second from then, so all of it is done within two.
 */
const AHEAD_MS = 500;
/** Revisions that deposed leaders stored, and that never came to hold, are passed over. */
const MAX_PASSED_OVER = 100;
/** The log is read at once; where it is not, nobody leads here any more or the bus is away. */
const HEARD_LIMIT_MS = 5000;

export interface ChangingParts extends RunLogParts {
  readonly config: BenchmarkConfig;
  readonly course: Course;
  readonly runLog: RunLog;
  /** Milliseconds since the run's start. */
  readonly runMs: () => number;
}

export function createChanging(parts: ChangingParts): Changing {
  const { bus, runs, clock, holds, config, course, runLog, runMs } = parts;
  const { id, epoch } = runLog.record();
  let pending: { revision: number; settle(why: string | undefined): void } | undefined;
  let isAsked = false;

  function requireSomething(wish: Wish): void {
    if (wish.kind !== "change" || Object.values(wish.request).some((value) => value !== undefined)) return;
    throw new LogburstError("bad_request", "the request changes nothing", {
      remedies: ["name rate, users or weights"],
    });
  }

  function changeOf(wish: Wish, by: string, revision: number): Change {
    const { changes } = course.revised();
    const leastMs = Math.max(1, changes.at(-1)?.at_ms ?? 0, Math.floor(course.reachedMs()) + 1);
    const common = {
      revision,
      at_ms: Math.max(leastMs, Math.ceil(runMs() + AHEAD_MS)),
      by: by.slice(0, 100),
    };
    if (wish.kind !== "change") return { ...common, kind: wish.kind };
    const load = loadOf(config, wish.request);
    const weights = weightsOf(config, changes, wish.request);
    return { ...common, kind: "change", ...(load !== undefined && { load }), ...(weights && { weights }) };
  }

  /** Stores all changes with one more, under the next revision that nobody has stored before. */
  async function store(wish: Wish, by: string): Promise<Change> {
    const revised = course.revised();
    const next = revisionOf(revised) + 1;
    for (let revision = next; revision < next + MAX_PASSED_OVER; revision++) {
      const change = changeOf(wish, by, revision);
      const why = whyNotChanged(revised, change);
      if (why) throw conflict(id, why);
      const value: Revision = { v: 1, changes: [...revised.changes, change] };
      if ((await runs.create(revisionKey(id, revision), value)) !== undefined) return change;
    }
    throw conflict(id, "its revisions cannot be stored");
  }

  /** Puts a change into the log of results while there is time for it. @returns why it does not hold, if it does not */
  async function announce(change: Change): Promise<string | undefined> {
    const { revision } = change;
    const heard = new Promise<string | undefined>((resolve) => {
      pending = { revision, settle: resolve };
    });
    const entry: Changed = { v: 1, kind: "changed", run: id, lane: 0, epoch, node: parts.node, change };
    await bus.append(bus.names.subjects.result(id, entry.lane), entry, {
      id: `${id}.changed.${revision}.${epoch}`,
      tries: 3,
      isWanted: () => holds() && runMs() < change.at_ms,
    });
    return deadline(clock, HEARD_LIMIT_MS, heard, () => notHeard(id));
  }

  return {
    async ask(wish, by) {
      requireSomething(wish);
      if (isAsked) throw conflict(id, "another change is under way");
      isAsked = true;
      try {
        const why = await announce(await store(wish, by));
        if (why) throw conflict(id, `the change came ${why}`);
      } finally {
        isAsked = false;
        pending = undefined;
      }
    },
    heard(entry, why) {
      if (entry.epoch === epoch && entry.change.revision === pending?.revision) pending.settle(why);
    },
    isUnderWay: () => isAsked,
    isPausedTooLong() {
      const { isPaused, pauses } = course.revised();
      return isPaused && runMs() > (pauses.at(-1)?.fromMs ?? 0) + PAUSE_LIMIT_MS;
    },
  };
}

function loadOf({ spec }: BenchmarkConfig, { rate, users }: ChangeRequest): number | undefined {
  const isOpen = spec.workload.model === "open";
  if (isOpen ? users !== undefined : rate !== undefined) {
    throw new LogburstError(
      "bad_request",
      `the run is ${isOpen ? "open: it has no users" : "closed: it has no rate"}`,
      {
        remedies: [isOpen ? "change its rate" : "change its users"],
      },
    );
  }
  return isOpen ? rate : users;
}

/** The weights of all queries, in their order: those that are not named stay what they are. */
function weightsOf(
  { spec }: BenchmarkConfig,
  changes: readonly Change[],
  { weights }: ChangeRequest,
): number[] | undefined {
  if (!weights) return undefined;
  // Both sides of a pair have one weight.
  const names = spec.queries.map(({ name, pair }) => pair?.name ?? name);
  const unknown = Object.keys(weights).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new LogburstError("bad_request", `the run has no query "${unknown}"`, {
      remedies: [`name one of ${[...new Set(names)].join(", ")}`],
    });
  }
  const last = changes.findLast((change) => change.kind === "change" && change.weights);
  const now = (last?.kind === "change" && last.weights) || spec.queries.map(({ weight }) => weight);
  return names.map((name, query) => weights[name] ?? (now[query] as number));
}

function conflict(run: string, why: string): LogburstError {
  return new LogburstError("conflict", `run ${run} cannot be changed: ${why}`, {
    remedies: ["look at its state, and ask again"],
  });
}

function notHeard(run: string): LogburstError {
  return new LogburstError("no_leader", `it is not known whether the change of run ${run} holds`, {
    remedies: ["look at its state in a few seconds"],
  });
}
