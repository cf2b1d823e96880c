/** What the leader alone can do about runs: accept, start, approve, change, stop, clone and delete them. */

import { type Bus, type Objects, reportName, snapshotName } from "../../../../libs/bus/bus.ts";
import { type Plan, planOf } from "../../../../libs/load/plan.ts";
import { revisionKey } from "../../../../libs/protocol/change.ts";
import { ConfigProblems } from "../../../../libs/protocol/config/problems.ts";
import { readConfig } from "../../../../libs/protocol/config/read.ts";
import type { BenchmarkConfig } from "../../../../libs/protocol/config/schema.ts";
import { LogburstError } from "../../../../libs/protocol/errors.ts";
import { notesKey } from "../../../../libs/protocol/note.ts";
import {
  isFinal,
  isLive,
  judgedKey,
  type RunRecord,
  runKey,
  specKey,
  wantedKey,
} from "../../../../libs/protocol/run.ts";
import type { SeriesRecord } from "../../../../libs/protocol/series.ts";
import type { RequestOf } from "../../../../libs/protocol/verbs/table.ts";
import { requireAnother } from "../../access/approval.ts";
import type { RunDriver } from "../../run/driver.ts";
import type { StoredRun } from "../../run/history/stored-run.ts";
import type { Caller } from "../guard.ts";
import { keyName, originOf, retireKey } from "../idempotency.ts";
import type { Origin } from "../intake.ts";
import { runNamed, specOf, storedNamed } from "../stored.ts";
import { type Change, type ChangeParts, changeRun } from "./change.ts";
import type { LeadingVerbs } from "./handlers.ts";
import { type LibraryParts, libraryVerbs } from "./library.ts";

/** What the leader lends to its verbs. */
export interface LeadingParts extends Omit<LibraryParts, "create">, ChangeParts {
  readonly bus: Bus;
  readonly reports: Objects;
  readonly epoch: number;
  /** Whether there is room for one more run. @throws LogburstError `too_many_runs`, `killed` */
  requireRoom(): void;
  /**
   * Whether a run that was accepted before may begin now.
   * @returns what its record says of it from now on
   * @throws LogburstError `too_many_runs`, `killed`, `target_refused`, `over_cap`, `caps_reached`
   */
  admitStart(
    record: RunRecord,
    config: BenchmarkConfig,
    plan: Plan,
  ): Promise<Pick<RunRecord, "demand" | "allowed" | "production" | "approval">>;
  /** Accepts a config. @param more what else the run's record says */
  accept(text: string, origin: Origin | undefined, more: Partial<RunRecord>): Promise<RunRecord>;
  /** Ends a series. @throws LogburstError `not_found`, `conflict` */
  stopSeries(id: string, reason: string, by: string): Promise<SeriesRecord>;
  driver(id: string): RunDriver | undefined;
  drive(stored: StoredRun): RunDriver;
  /** Makes a live run what a config says. */
  apply(driver: RunDriver, text: string, caller: Caller): Promise<RunRecord>;
}

type Wish = Pick<RequestOf<"run.clone">, "start" | "idempotency_key">;

export function createLeadingVerbs(parts: LeadingParts): LeadingVerbs {
  const { runs } = parts;

  async function create(text: string, wish: Wish, caller: Caller, more: Partial<RunRecord> = {}) {
    parts.requireLease();
    const { start, idempotency_key: key } = wish;
    const name = key === undefined ? undefined : keyName(caller.name, key);
    const asked = JSON.stringify([text, start]);
    const now = { nowMs: parts.clock.nowMs(), random: parts.random() };
    const origin = name === undefined ? undefined : await originOf(runs, name, asked, now);
    return parts.accept(text, origin, {
      ...more,
      ...(!start && { phase: "created" }),
      ...(name !== undefined && { request_key: name }),
      created_by: caller.name,
    });
  }

  /** The driver of a run that is live. @throws LogburstError `not_found`, `conflict` that says what it is instead */
  async function driverOf(id: string): Promise<RunDriver> {
    parts.requireLease();
    const driver = parts.driver(id);
    if (driver) return driver;
    const { phase } = await runNamed(runs, id);
    throw new LogburstError("conflict", `run ${id} is not live: it is ${phase}`, {
      remedies: [
        isFinal(phase) ? "clone it to run its config again" : "start it, or ask again in a few seconds",
      ],
    });
  }

  /** Changes a run while it runs, and says who did. */
  async function change(id: string, wish: Change, caller: Caller): Promise<RunRecord> {
    const driver = await driverOf(id);
    await changeRun(parts, driver, wish, caller);
    return driver.record();
  }

  return {
    "run.create": ({ config, ...wish }, caller) => create(config, wish, caller),
    "run.start": ({ id }) => start(parts, id),
    async "run.stop"({ id, reason }, { via, name }) {
      const driver = await driverOf(id);
      await driver.stop(`${reason ?? "asked for"}, over ${via} by ${name}`);
      return driver.record();
    },
    async "run.kill"({ id, reason }, { via, name }) {
      const driver = await driverOf(id);
      await driver.kill(`${reason ?? "asked for"}, over ${via} by ${name}`);
      return driver.record();
    },
    async "run.approve"({ id, reason }, caller) {
      const driver = await driverOf(id);
      requireAnother(driver.record(), caller);
      const { demand } = driver.record();
      parts.requireRoom();
      if (demand) parts.requireLoad(id, demand);
      await driver.approve(caller.name, reason);
      return driver.record();
    },
    async "run.reject"({ id, reason }, { name }) {
      const driver = await driverOf(id);
      await driver.refuse(name, reason);
      return driver.record();
    },
    "run.pause": ({ id }, caller) => change(id, { kind: "pause" }, caller),
    "run.resume": ({ id }, caller) => change(id, { kind: "resume" }, caller),
    "run.change": ({ id, ...request }, caller) => change(id, { kind: "change", request }, caller),
    "run.apply": async ({ id, config }, caller) => parts.apply(await driverOf(id), config, caller),
    async "run.clone"({ id, set, ...wish }, caller) {
      const { record } = await storedNamed(runs, id);
      const { document } = await specOf(runs, record);
      const same = { ...document, spec: { ...document.spec, seed: record.seed } };
      return create(changedText(same, set), wish, caller, { cloned_from: id });
    },
    "run.delete": ({ id }) => deleteRun(parts, id),
    ...libraryVerbs({ ...parts, create }),
    async "series.stop"({ id, reason }, { via, name }) {
      parts.requireLease();
      return parts.stopSeries(id, reason ?? "asked for", `${name} over ${via}`);
    },
  };
}

/** A config with other values at some paths. */
function changedText(document: object, set: Readonly<Record<string, unknown>>): string {
  const overrides = Object.entries(set).map(([path, value]) => ({ path, value: JSON.stringify(value) }));
  const read = readConfig(JSON.stringify(document), overrides);
  if (read.ok) return JSON.stringify(read.document);
  // Lines and columns are those of a text that nobody wrote.
  throw new ConfigProblems(read.problems.map(({ line, column, ...problem }) => problem));
}

/** Starts a run that waits for it. One that was started, and that nobody came to drive, is driven. */
async function start(parts: LeadingParts, id: string): Promise<RunRecord> {
  const { runs, epoch } = parts;
  parts.requireLease();
  const { record, storedRevision } = await storedNamed(runs, id);
  const isLeft = record.phase === "requested" && !parts.driver(id);
  if (record.phase !== "created" && !isLeft) {
    throw new LogburstError("conflict", `run ${id} is ${record.phase}; only one that waits can be started`, {
      remedies: ["clone it to run its config again"],
    });
  }
  const { config } = await specOf(runs, record);
  const plan = planOf(config, record.seed);
  const { approval: _approval, production: _production, ...kept } = record;
  const admitted = await parts.admitStart(record, config, plan);
  const requested: RunRecord = { ...kept, ...admitted, phase: "requested", epoch };
  const revision = await runs.update(runKey(id), requested, storedRevision);
  parts.requireLease();
  if (revision === undefined) {
    throw new LogburstError("conflict", `run ${id} was changed at the same time`, {
      remedies: ["ask again"],
    });
  }
  return parts.drive({ record: requested, storedRevision: revision, config, plan, isNew: !isLeft }).record();
}

/** The record goes last: what was begun and not finished can be begun again. */
async function deleteRun(parts: LeadingParts, id: string): Promise<{ id: string }> {
  const { bus, runs, reports } = parts;
  const { streams, subjects } = bus.names;
  parts.requireLease();
  const { record, storedRevision } = await storedNamed(runs, id);
  if (isLive(record.phase)) {
    throw new LogburstError("conflict", `run ${id} is live: it is ${record.phase}`, {
      remedies: ["stop it, and wait until it is over"],
    });
  }
  // Nobody can start it from here on.
  const gone: RunRecord = { ...record, phase: "failed", failure: record.failure ?? "it was deleted" };
  if (!isFinal(record.phase) && (await runs.update(runKey(id), gone, storedRevision)) === undefined) {
    throw new LogburstError("conflict", `run ${id} was changed at the same time`, {
      remedies: ["ask again"],
    });
  }
  if (record.request_key !== undefined) await retireKey(runs, record.request_key);
  await bus.purge(streams.results, subjects.resultsOfRun(id));
  await bus.purge(streams.events, subjects.eventsOfRun(id));
  for (const name of [reportName(id), snapshotName(id)]) await reports.delete(name).catch(() => undefined);
  await runs.delete(notesKey(id));
  for (let revision = 1; revision <= record.revision; revision++) await runs.delete(specKey(id, revision));
  for (const key of [wantedKey(id), judgedKey(id)]) await runs.delete(key);
  for (const { revision } of record.changes) await runs.delete(revisionKey(id, revision));
  await runs.delete(runKey(id));
  return { id };
}
