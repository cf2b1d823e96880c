/**
 * Keeps schedules: starts executions at their times, whoever leads. That a start is to be made is written down before it is
 * made, and its time makes the execution's id: so it is made once, also where its leader dies in between.
 */

import { createHash } from "node:crypto";
import type { Bucket } from "../../../libs/bus/bus.ts";
import { type CronTimes, readCron } from "../../../libs/plans/cron.ts";
import { dueFires } from "../../../libs/plans/fires.ts";
import { chosen, type Item } from "../../../libs/plans/read.ts";
import { parseObject } from "../../../libs/protocol/door.ts";
import { LogburstError, messageOf } from "../../../libs/protocol/errors.ts";
import { ID_TAILS, newRunId } from "../../../libs/protocol/ids.ts";
import { type Fire, FireLog, firedKey, type ScheduleStatus } from "../../../libs/protocol/library/entry.ts";
import type { Execution } from "../../../libs/protocol/library/execution.ts";
import type { Clock } from "../../../libs/runtime/clock.ts";
import type { Log } from "../../../libs/runtime/log.ts";
import { allEntries, type Known } from "../library/store.ts";
import type { StartOfExecution } from "./executions.ts";

export interface ScheduleParts {
  readonly library: Bucket;
  readonly clock: Pick<Clock, "nowMs">;
  readonly log: Log;
  readonly holds: () => boolean;
  readonly start: (asked: StartOfExecution) => Promise<Execution>;
  readonly isLive: (execution: string) => boolean;
}

export interface Schedules {
  /** An entry is new, or another one than before. */
  learn(known: Known): void;
  forget(name: string): void;
  /** Makes the starts that are due: to be called often. */
  check(): void;
}

type ScheduleItem = Extract<Item, { kind: "schedule" }>;

/** A schedule as its leader knows it. */
interface Kept {
  readonly item: ScheduleItem;
  readonly by: string;
  readonly changedMs: number;
  readonly times: CronTimes;
  readonly isPaused: boolean;
  fired: { log: FireLog; revision: number | undefined } | undefined;
  nextMs: number | undefined;
  isBusy: boolean;
}

/** What is told of a schedule's past. */
const MOST_FIRES = 50;
/** Errors that say nothing about what is to be started: it is tried again. */
const NOT_NOW: readonly string[] = ["too_many_runs", "no_leader", "bus_unavailable"];

/** Takes over all schedules. */
export async function createSchedules(parts: ScheduleParts): Promise<Schedules> {
  const { library, clock, log, holds } = parts;
  const kept = new Map<string, Kept>();

  function learn({ item, stored }: Known): void {
    if (item.kind !== "schedule") return;
    const times = readCron(item.spec.cron, item.spec.time_zone);
    if ("field" in times) return;
    const { author, changed_by: changedBy, changed_ms: changedMs } = stored;
    const isPaused = stored.paused ?? item.spec.paused;
    const none = { fired: undefined, nextMs: undefined, isBusy: false };
    kept.set(item.name, { item, by: author ?? changedBy, changedMs, times, isPaused, ...none });
  }

  async function readFired(schedule: Kept): Promise<NonNullable<Kept["fired"]>> {
    const { name } = schedule.item;
    const fired = await firedOf(library, name);
    return fired ?? { log: { v: 1, name, decided_ms: schedule.changedMs, fires: [] }, revision: undefined };
  }

  /** What another has written meanwhile is read anew at the next look. */
  async function save(
    schedule: Kept,
    { log: before, revision }: NonNullable<Kept["fired"]>,
    change: Partial<FireLog>,
  ) {
    const fires = (change.fires ?? before.fires).slice(-MOST_FIRES);
    const next: FireLog = { ...before, ...change, fires };
    const key = firedKey(next.name);
    schedule.fired = undefined;
    const written =
      revision === undefined ? await library.create(key, next) : await library.update(key, next, revision);
    if (written === undefined)
      throw new LogburstError(
        "no_leader",
        `the starts of schedule ${next.name} were written by another coordinator`,
      );
    schedule.fired = { log: next, revision: written };
  }

  /** Decides what becomes of the starts that are due. */
  async function decide(schedule: Kept, fired: NonNullable<Kept["fired"]>): Promise<void> {
    const { item, changedMs, times } = schedule;
    const { name, spec } = item;
    const decidedMs = Math.max(changedMs, fired.log.decided_ms);
    const { missed, start } = dueFires(times, decidedMs, clock.nowMs(), spec.grace);
    const lastMs = start ?? missed.at(-1);
    if (lastMs === undefined) {
      schedule.nextMs = times.next(Math.max(decidedMs, clock.nowMs())) ?? Number.POSITIVE_INFINITY;
      return;
    }
    const told: Fire[] = missed.map((fireMs) => ({
      fire_ms: fireMs,
      outcome: "missed",
      reason: "nobody saw to it in time",
    }));
    const running =
      spec.overlap === "skip"
        ? fired.log.fires.find((fire) => fire.execution && parts.isLive(fire.execution))
        : undefined;
    if (start !== undefined && running)
      told.push({ fire_ms: start, outcome: "skipped", reason: `${running.execution} still runs` });
    const isMade = start !== undefined && !running;
    const pending = isMade ? { pending: { fire_ms: start, execution: executionId(name, start) } } : {};
    for (const fire of told) log.warn({ schedule: name, ...fire }, "a start is left out");
    await save(schedule, fired, { decided_ms: lastMs, fires: [...fired.log.fires, ...told], ...pending });
  }

  /** Makes the start that was decided on; where that was done before, nothing more comes of it. */
  async function make(
    schedule: Kept,
    fired: NonNullable<Kept["fired"]>,
    pending: NonNullable<FireLog["pending"]>,
  ) {
    const { fire_ms: fireMs, execution } = pending;
    const { name, spec } = schedule.item;
    const fire = await startOf(schedule, pending).catch((error: unknown): Fire => {
      if (!(error instanceof LogburstError) || NOT_NOW.includes(error.code)) throw error;
      return { fire_ms: fireMs, outcome: "failed", reason: messageOf(error) };
    });
    log.info({ schedule: name, ...fire, ...chosen(spec) }, "a start was due");
    await save(schedule, fired, { pending: undefined, fires: [...fired.log.fires, fire] });
    if (fire.outcome === "failed") log.error({ schedule: name, execution }, "nothing was started");
  }

  async function startOf(
    { item: { name, spec }, by }: Kept,
    pending: NonNullable<FireLog["pending"]>,
  ): Promise<Fire> {
    const { fire_ms: fireMs, execution: id } = pending;
    const { parameters, set } = spec;
    await parts.start({ ...chosen(spec), parameters, set, by, id, schedule: name, fireMs });
    return { fire_ms: fireMs, outcome: "started", execution: id };
  }

  async function look(schedule: Kept): Promise<void> {
    schedule.isBusy = true;
    try {
      schedule.fired ??= await readFired(schedule);
      const { fired } = schedule;
      if (fired.log.pending) await make(schedule, fired, fired.log.pending);
      else if (schedule.isPaused) schedule.nextMs = Number.POSITIVE_INFINITY;
      else await decide(schedule, fired);
    } catch (error) {
      log.warn({ schedule: schedule.item.name, err: messageOf(error) }, "a schedule cannot go on yet");
    } finally {
      schedule.isBusy = false;
    }
  }

  for (const known of await allEntries(library, ["schedule"])) learn(known);
  return {
    learn,
    forget: (name) => void kept.delete(name),
    check() {
      for (const schedule of kept.values())
        if (holds() && !schedule.isBusy && clock.nowMs() >= (schedule.nextMs ?? 0)) void look(schedule);
    },
  };
}

/** The execution of one time of one schedule. */
export function executionId(schedule: string, fireMs: number): string {
  const hash = createHash("sha256").update(schedule).digest().readUInt32BE();
  return newRunId(schedule, fireMs, (hash % ID_TAILS) / ID_TAILS);
}

async function firedOf(library: Bucket, name: string) {
  const entry = await library.get(firedKey(name));
  const parsed = parseObject(FireLog, entry?.value);
  return entry && parsed.ok ? { log: parsed.value, revision: entry.revision } : undefined;
}

/** A schedule as it is shown; anybody can tell. */
export async function statusOf(
  library: Bucket,
  { item, stored, revision }: Known,
  nowMs: number,
): Promise<ScheduleStatus> {
  const { name, spec } = item as ScheduleItem;
  const { cron, time_zone } = spec;
  const paused = stored.paused ?? spec.paused;
  const { kind, name: target } = chosen(spec);
  const times = readCron(cron, time_zone);
  const fired = await firedOf(library, name);
  const fromMs = Math.max(nowMs, stored.changed_ms);
  const nextMs = paused || "field" in times ? undefined : times.next(fromMs);
  return {
    ...{ name, revision, cron, time_zone, paused, kind, target },
    ...(nextMs !== undefined && { next_ms: nextMs }),
    fires: fired?.log.fires ?? [],
  };
}
