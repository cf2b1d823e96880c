/** The queue of slices over a simulated link: pulled as slots are free, acknowledged, given back. */

import type { Bus } from "../../libs/bus/bus.ts";
import { pullSlices } from "./bus-pull.ts";
import type { Wire } from "./wire.ts";

type Slices = Pick<
  Bus,
  | "ensurePool"
  | "pullSlices"
  | "queuedSlices"
  | "lastSliceSeq"
  | "sliceSubject"
  | "sliceOn"
  | "deleteSlice"
  | "purgeSlices"
>;

const API_TIMEOUT_MS = 5000;

export function slicesOver(wire: Wire): Slices {
  const { broker } = wire;
  const { slices } = broker.streams;
  const { names } = broker;
  return {
    ensurePool: (pool) =>
      wire.ask(() => {
        broker.consumer(slices, names.consumers.workers(pool), names.subjects.slicesOfPool(pool));
      }, API_TIMEOUT_MS),
    pullSlices: (pool, capacity, take) => pullSlices(wire, pool, capacity, take),
    queuedSlices: (pool, run) =>
      wire.ask(() => slices.subjects(names.subjects.slicesOfRun(pool, run)), API_TIMEOUT_MS),
    lastSliceSeq: () => wire.ask(slices.lastSeq, API_TIMEOUT_MS),
    sliceSubject: (seq) => wire.ask(() => slices.get(seq)?.subject, API_TIMEOUT_MS),
    sliceOn: (subject) =>
      wire.ask(() => {
        for (const { subject: of, seq, data } of slices.all()) if (of === subject) return { seq, data };
        return undefined;
      }, API_TIMEOUT_MS),
    deleteSlice: (seq) =>
      wire.ask(() => {
        const isThere = slices.get(seq) !== undefined;
        slices.remove(seq);
        return isThere;
      }, API_TIMEOUT_MS),
    purgeSlices: (pool, run, lane) =>
      wire.ask(() => slices.purge(names.subjects.slicesOfRun(pool, run, lane)), API_TIMEOUT_MS),
  };
}
