/** What is stored of a live run: its record, rewritten at each change, and its events, one after the other. */

import type { Bucket, Bus } from "../../libs/bus/bus.ts";
import { messageOf } from "../../libs/protocol/errors.ts";
import { type RunEvent, type RunRecord, runKey } from "../../libs/protocol/run.ts";
import type { Clock } from "../../libs/runtime/clock.ts";
import type { Log } from "../../libs/runtime/log.ts";

/** The fields of an event that differ from type to type. */
export type EventBody = RunEvent extends infer E
  ? E extends RunEvent
    ? Omit<E, "v" | "run" | "at_ms" | "epoch">
    : never
  : never;

export interface RunLog {
  record(): RunRecord;
  /** Changes the record; writes follow one another in this order. */
  save(change: Partial<RunRecord>): void;
  emit(body: EventBody): void;
  /** A message that the bus did not take: logged, and nothing stops. */
  complain(error: unknown): void;
}

const EVENT_TRIES = 20;

export function createRunLog(
  parts: { bus: Bus; runs: Bucket; clock: Clock; log: Log },
  first: RunRecord,
): RunLog {
  const { bus, runs, clock, log } = parts;
  const { id } = first;
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
      saving = saving.then(() => runs.put(runKey(id), value)).catch(complain);
    },
    emit(body) {
      const event = { v: 1, run: id, at_ms: clock.nowMs(), epoch: record.epoch, ...body };
      // A node may come and go more than once; everything else happens once in an epoch.
      const which = "node" in body ? `${body.node}.${Math.round(event.at_ms)}` : record.epoch;
      const options = { id: `${id}.${body.type}.${which}`, tries: EVENT_TRIES };
      bus.append(bus.names.subjects.event(id, body.type), event, options).catch(complain);
    },
    complain,
  };
}
