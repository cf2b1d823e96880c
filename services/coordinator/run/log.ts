/** What is stored of a live run: its record, rewritten at each change by compare-and-set, and its events, one after the other. */

import type { Bucket, Bus } from "../../../libs/bus/bus.ts";
import { parseObject } from "../../../libs/protocol/door.ts";
import { messageOf } from "../../../libs/protocol/errors.ts";
import type { End } from "../../../libs/protocol/result.ts";
import { type RunEvent, RunRecord, runKey } from "../../../libs/protocol/run.ts";
import type { Without } from "../../../libs/protocol/without.ts";
import { type Clock, sleep } from "../../../libs/runtime/clock.ts";
import type { Log } from "../../../libs/runtime/log.ts";

/** The fields of an event that differ from type to type. */
export type EventBody = Without<RunEvent, "v" | "run" | "at_ms" | "epoch">;

export interface RunLog {
  record(): RunRecord;
  /** Changes the record; writes follow one another in this order. Resolves when it is stored, or nobody leads here any more. */
  save(change: Partial<RunRecord>): Promise<void>;
  /** Resolves when the event is stored, or nobody leads here any more. */
  emit(body: EventBody): Promise<void>;
  /** Says in the log of results that the run is over there. Resolves when it is stored, or nobody leads here any more. */
  endResults(): Promise<void>;
  /** A message that the bus did not take: logged, and nothing stops. */
  complain(error: unknown): void;
}

export interface RunLogParts {
  readonly bus: Bus;
  /** This coordinator's name. */
  readonly node: string;
  readonly runs: Bucket;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether this process leads now; nothing is written by one that does not. */
  readonly holds: () => boolean;
}

/** A write is tried again until it is stored or the lease is lost, which is a matter of seconds without a bus. */
const TRIES = 1000;
const RETRY_PAUSE_MS = 250;

/** @param revision of the record as it is stored */
export function createRunLog(parts: RunLogParts, first: RunRecord, revision: number): RunLog {
  const { bus, clock, log, holds } = parts;
  const { id } = first;
  const store = createRecordStore(parts, first.epoch, revision);
  let record = first;
  let saving: Promise<unknown> = Promise.resolve();

  function complain(error: unknown): void {
    log.error({ run_id: id, err: messageOf(error) }, "the bus did not take a message");
  }

  return {
    record: () => record,
    save(change) {
      record = { ...record, ...change };
      const value = record;
      const saved = saving.then(() => store(value)).catch(complain);
      saving = saved;
      return saved;
    },
    async emit(body) {
      const event = { v: 1, run: id, at_ms: clock.nowMs(), epoch: record.epoch, ...body };
      const options = {
        id: `${id}.${body.type}.${whichOf(body, event.at_ms, record.epoch)}`,
        tries: TRIES,
        isWanted: holds,
      };
      await bus.append(bus.names.subjects.event(id, body.type), event, options).catch(complain);
    },
    async endResults() {
      const { epoch } = record;
      const end: End = { v: 1, kind: "end", run: id, lane: 0, epoch, node: parts.node };
      const options = { id: `${id}.end.${epoch}`, tries: TRIES, isWanted: holds };
      await bus.append(bus.names.subjects.result(id, end.lane), end, options).catch(complain);
    },
    complain,
  };
}

/** A node may come and go, and a run be changed, more than once; everything else happens once in an epoch. */
function whichOf(body: EventBody, atMs: number, epoch: number): string {
  if (body.type === "spec_refused") return `${Math.round(atMs)}.${epoch}`;
  if ("change" in body) return `${body.change.revision}.${epoch}`;
  return "node" in body && body.type !== "taken_over" ? `${body.node}.${Math.round(atMs)}` : `${epoch}`;
}

/** Writes a record over what is there, unless that is a later leader's. */
function createRecordStore({ runs, clock, holds }: RunLogParts, epoch: number, first: number) {
  let revision: number | undefined = first;

  /** @returns whether it is done with */
  async function tryToStore(record: RunRecord): Promise<boolean> {
    const key = runKey(record.id);
    if (revision === undefined) {
      const entry = await runs.get(key);
      const stored = parseObject(RunRecord, entry?.value);
      if (stored.ok && stored.value.epoch > epoch) return true;
      revision = entry?.revision ?? 0;
    }
    // A write that finds another revision may have been beaten by its own earlier try; the next try looks.
    revision = await runs.update(key, record, revision);
    return revision !== undefined;
  }

  return async (record: RunRecord): Promise<void> => {
    for (let attempt = 1; attempt <= TRIES && holds(); attempt++) {
      if (await tryToStore(record).catch(() => false)) return;
      await sleep(clock, RETRY_PAUSE_MS);
    }
  };
}
