/**
 * Keeps going what is made of runs one behind another and outlives its leader. What is known of each stands in its record, and
 * what it wants next is written there, by compare-and-set, before it is made: so another leader goes on where this one was
 * cut off, and makes nothing twice.
 */

import type { z } from "zod";
import type { Bucket } from "../../../libs/bus/bus.ts";
import { parseObject } from "../../../libs/protocol/door.ts";
import { LogburstError, messageOf } from "../../../libs/protocol/errors.ts";
import type { Log } from "../../../libs/runtime/log.ts";

interface KeptRecord {
  readonly id: string;
  readonly phase: "running" | "completed" | "stopped" | "failed";
  readonly failure?: string | undefined;
}

/** One that is known here. */
export interface Kept<R extends KeptRecord, X> {
  record: R;
  revision: number;
  /** What else is stored of it, and does not change. */
  readonly more: X;
  isBusy: boolean;
}

export interface KeepingParts<R extends KeptRecord, X> {
  readonly runs: Bucket;
  readonly log: Log;
  readonly holds: () => boolean;
  /** What it is, in a word. */
  readonly what: string;
  readonly keyOf: (id: string) => string;
  readonly schema: z.ZodType<R>;
  /** What else is stored of it; undefined where that cannot be read. */
  readonly load: (record: R) => Promise<X | undefined>;
  /** Whether there is something to do about it now. */
  readonly isDue: (record: R) => boolean;
  /** Goes one step on. */
  readonly goOn: (kept: Kept<R, X>) => Promise<void>;
}

export interface Keeping<R extends KeptRecord, X> {
  /** Stores a new one; where it was stored before, that one is meant. */
  add(record: R, more: X): Promise<Kept<R, X>>;
  /** One that is under way. */
  live(id: string): Kept<R, X> | undefined;
  /** How many are under way. */
  count(): number;
  /** @throws LogburstError when another leader has written meanwhile */
  save(kept: Kept<R, X>, change: Partial<R>): Promise<void>;
  /**
   * Does something to it that must not come between its steps.
   * @param waits whether it goes on later where only the time is wrong; else it is over where that fails
   */
  work<T>(kept: Kept<R, X>, work: () => Promise<T>, waits?: boolean): Promise<T>;
  /** Goes on with what is due: to be called often. */
  check(): void;
}

/** Errors that say nothing about the run: it is made later. */
const NOT_NOW: readonly string[] = ["too_many_runs", "caps_reached", "no_leader", "bus_unavailable"];

/** Takes over those that are under way. */
export async function createKeeping<R extends KeptRecord, X>(
  parts: KeepingParts<R, X>,
): Promise<Keeping<R, X>> {
  const { runs, log, holds, what, keyOf } = parts;
  const live = new Map<string, Kept<R, X>>();

  async function read(id: string): Promise<Kept<R, X> | undefined> {
    const entry = await runs.get(keyOf(id));
    const record = parseObject(parts.schema, entry?.value);
    const more = record.ok ? await parts.load(record.value) : undefined;
    if (!entry || !record.ok || more === undefined) return undefined;
    return { record: record.value, revision: entry.revision, more, isBusy: false };
  }

  async function takeOver(): Promise<void> {
    for (const key of await runs.keys(keyOf("*"))) {
      const kept = await read(key.slice(keyOf("").length));
      if (!kept) log.error({ key }, `${what} cannot be read; it is left as it is`);
      else if (kept.record.phase === "running") live.set(kept.record.id, kept);
    }
  }

  async function add(record: R, more: X): Promise<Kept<R, X>> {
    const { id } = record;
    const revision = await runs.create(keyOf(id), record);
    const known = revision === undefined ? (live.get(id) ?? (await read(id))) : undefined;
    const kept = revision === undefined ? known : { record, revision, more, isBusy: false };
    if (!kept)
      throw new LogburstError("conflict", `there is ${what} ${id} already`, { remedies: ["ask again"] });
    if (kept.record.phase === "running") live.set(id, kept);
    return kept;
  }

  async function save(kept: Kept<R, X>, change: Partial<R>): Promise<void> {
    const { failure: _before, ...rest } = kept.record;
    const record = { ...rest, ...change } as R;
    const revision = await runs.update(keyOf(record.id), record, kept.revision);
    if (revision === undefined) return learn(kept);
    Object.assign(kept, { record, revision });
    if (record.phase === "running") {
      live.set(record.id, kept);
      return;
    }
    live.delete(record.id);
    log.info({ id: record.id, phase: record.phase }, `${what} is over`);
  }

  /**
   * Another leader has written, or an earlier try of this one whose answer was lost: either way what is stored is the truth,
   * from which the next step goes on.
   */
  async function learn(kept: Kept<R, X>): Promise<never> {
    const { id } = kept.record;
    const stored = await read(id);
    if (stored) Object.assign(kept, { record: stored.record, revision: stored.revision });
    if (stored && stored.record.phase !== "running") live.delete(id);
    throw new LogburstError("no_leader", `${what} ${id} was written by another coordinator, or before`);
  }

  /** One that cannot go on is over; where all load was ended, it was stopped. */
  async function giveUp(kept: Kept<R, X>, error: unknown): Promise<void> {
    if (kept.record.phase !== "running") return;
    const isKilled = error instanceof LogburstError && error.code === "killed";
    const change = { phase: isKilled ? "stopped" : "failed", failure: messageOf(error) } as Partial<R>;
    await save(kept, change).catch(() => undefined);
  }

  async function work<T>(kept: Kept<R, X>, doIt: () => Promise<T>, waits = true): Promise<T> {
    kept.isBusy = true;
    try {
      return await doIt();
    } catch (error) {
      log.warn({ id: kept.record.id, err: messageOf(error) }, `${what} cannot go on yet`);
      if (!waits || !mayWait(error)) await giveUp(kept, error);
      throw error;
    } finally {
      kept.isBusy = false;
    }
  }

  await takeOver();
  return {
    add,
    live: (id) => live.get(id),
    count: () => live.size,
    save,
    work,
    check() {
      for (const kept of live.values())
        if (holds() && !kept.isBusy && parts.isDue(kept.record))
          work(kept, () => parts.goOn(kept)).catch(() => undefined);
    },
  };
}

/** Whatever is no error of ours, such as a bucket without an answer, is not the fault of what is kept. */
function mayWait(error: unknown): boolean {
  return !(error instanceof LogburstError) || NOT_NOW.includes(error.code);
}
