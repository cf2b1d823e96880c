/** The verbs about the library, executions and schedules. What reads is anybody's to do; what changes, the leader's. */

import type { Bucket } from "../../../../libs/bus/bus.ts";
import { resolveItem } from "../../../../libs/plans/resolve.ts";
import { parseObject } from "../../../../libs/protocol/door.ts";
import { LogburstError } from "../../../../libs/protocol/errors.ts";
import { newRunId } from "../../../../libs/protocol/ids.ts";
import { LIBRARY_KINDS } from "../../../../libs/protocol/library/documents.ts";
import { firedKey } from "../../../../libs/protocol/library/entry.ts";
import { Execution, executionKey } from "../../../../libs/protocol/library/execution.ts";
import type { RunRecord } from "../../../../libs/protocol/run.ts";
import type { AnswerOf, RequestOf } from "../../../../libs/protocol/verbs/table.ts";
import { allEntries, entryNamed, type Known, type Library, shownEntry } from "../../library/store.ts";
import { type Executions, executionNamed } from "../../plans/executions.ts";
import { type Schedules, statusOf } from "../../plans/schedules.ts";
import type { Caller } from "../guard.ts";
import type { Verbs } from "./handlers.ts";
import { newestOf, pageOf } from "./page.ts";

type Reading =
  | "library.list"
  | "library.get"
  | "execution.list"
  | "execution.get"
  | "schedule.list"
  | "schedule.get";
type Leading =
  | "library.put"
  | "library.delete"
  | "scenario.run"
  | "execution.create"
  | "execution.stop"
  | "schedule.pause"
  | "schedule.resume";

export interface LibraryReads {
  readonly runs: Bucket;
  readonly library: Bucket;
  readonly clock: { nowMs(): number };
}

export function libraryReads({ runs, library, clock }: LibraryReads): Pick<Verbs, Reading> {
  return {
    async "library.list"({ kind, limit, cursor }) {
      const known = await allEntries(library, kind === undefined ? undefined : [kind]);
      const { entries: page, next } = pageOf(known, placeOf, limit, cursor);
      const entries = page.map(shownEntry).map(({ document: _document, ...entry }) => entry);
      return { entries, ...next };
    },
    "library.get": async ({ kind, name }) => shownEntry(await entryNamed(library, kind, name)),
    "execution.list": (request) => listExecutions(runs, request),
    "execution.get": ({ id }) => executionNamed(runs, id),
    async "schedule.list"() {
      const all = await allEntries(library, ["schedule"]);
      return { schedules: await Promise.all(all.map((known) => statusOf(library, known, clock.nowMs()))) };
    },
    async "schedule.get"({ name }) {
      return statusOf(library, await entryNamed(library, "schedule", name), clock.nowMs());
    },
  };
}

/** The newest first. */
async function listExecutions(
  runs: Bucket,
  { limit, cursor }: RequestOf<"execution.list">,
): Promise<AnswerOf<"execution.list">> {
  const ids = (await runs.keys(executionKey("*"))).map((key) => key.slice(executionKey("").length));
  const read = async (id: string) => {
    const parsed = parseObject(Execution, (await runs.get(executionKey(id)))?.value);
    if (!parsed.ok) return undefined;
    const { events: _events, outcomes: _outcomes, ...execution } = parsed.value;
    return execution;
  };
  const { entries: executions, next } = await newestOf(ids, read, limit, cursor);
  return { executions, ...next };
}

/** What is named stands before what names it. */
function placeOf({ item: { kind, name } }: Known): string {
  return `${LIBRARY_KINDS.indexOf(kind)}.${name}`;
}

export interface LibraryParts extends LibraryReads {
  readonly store: Library;
  readonly executions: Executions;
  readonly schedules: Schedules;
  readonly random: () => number;
  readonly requireLease: () => void;
  /** Accepts a config as a run. */
  readonly create: (
    text: string,
    wish: Pick<RequestOf<"run.create">, "start" | "idempotency_key">,
    caller: Caller,
  ) => Promise<RunRecord>;
}

export function libraryVerbs(parts: LibraryParts): Pick<Verbs, Leading> {
  const { runs, library, store, executions, schedules, clock } = parts;

  async function turn(name: string, paused: boolean, by: string) {
    const known = await entryNamed(library, "schedule", name);
    const changed = await store.pause(known, paused, by);
    schedules.learn(changed);
    return statusOf(library, changed, clock.nowMs());
  }

  return {
    async "library.put"({ document, revision }, { name: by }) {
      const known = await store.put(document, { revision, by, source: "api" });
      schedules.learn(known);
      return shownEntry(known);
    },
    async "library.delete"({ kind, name, revision }, { name: by }) {
      await store.remove(kind, name, { revision, by, source: "api" });
      if (kind === "schedule") {
        schedules.forget(name);
        await library.delete(firedKey(name));
      }
      return { kind, name };
    },
    async "scenario.run"({ name, parameters, set, ...wish }, caller) {
      const { item } = await entryNamed(library, "scenario", name);
      const find = async (): Promise<never> => {
        throw new LogburstError("internal", "a scenario names no other");
      };
      const [stage] = await resolveItem(item, { parameters, set }, find);
      return parts.create(JSON.stringify(stage?.configs[0]), wish, caller);
    },
    async "execution.create"({ kind, name, parameters, set }, { name: by }) {
      parts.requireLease();
      const id = newRunId(name, clock.nowMs(), parts.random());
      return executions.start({ kind, name, parameters, set, by, id });
    },
    async "execution.stop"({ id, reason }, { name: by }) {
      parts.requireLease();
      await executionNamed(runs, id);
      return executions.stop(id, by, reason ?? "no reason was given");
    },
    "schedule.pause": ({ name }, { name: by }) => turn(name, true, by),
    "schedule.resume": ({ name }, { name: by }) => turn(name, false, by),
  };
}
