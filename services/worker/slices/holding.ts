/** What this worker holds: slices from their delivery to their acknowledgement, each in a slot. */

import type { SliceDelivery } from "../../../libs/bus/bus.ts";
import { sliceId } from "../../../libs/protocol/ids.ts";
import { MAX_HELD_NAMED } from "../../../libs/protocol/node.ts";
import type { MusterSlice, Slice, WorkSlice } from "../../../libs/protocol/slice.ts";
import type { Attempt } from "../attempt/attempt.ts";
import type { Slots } from "./slots.ts";

/** A slice of work. Its attempt is there once its run is open. */
export interface HeldWork {
  readonly kind: "work";
  readonly slice: WorkSlice;
  delivery: SliceDelivery;
  attempt: Attempt | undefined;
}

/** A muster slice: ready once its run is open and warm. */
export interface HeldMuster {
  readonly kind: "muster";
  readonly slice: MusterSlice;
  delivery: SliceDelivery;
  isReady: boolean;
}

export type Held = HeldWork | HeldMuster;

export interface Holding {
  add(slice: Slice, delivery: SliceDelivery): Held;
  has(entry: Held): boolean;
  /** Where a message is delivered again that is held, this delivery stands for it from now on. @returns whether it is held */
  renew(delivery: SliceDelivery): boolean;
  /** Its result is stored: should it come again, since the acknowledgement was late or lost, there is nothing to run. */
  markReported(slice: WorkSlice): void;
  isReported(slice: Slice): boolean;
  /** Lets it go, and its slot with it. */
  release(entry: Held): void;
  all(): Held[];
  work(): HeldWork[];
  /** Muster slices of a run that are ready. */
  musteredFor(run: string): HeldMuster[];
  /** How many muster slices are ready, per run. */
  mustered(): Record<string, number>;
  /** The slices of work as lane.window, per run; of very many, some. */
  named(): Record<string, string[]>;
  runs(): Set<string>;
}

/** Slices reported that are remembered: some seconds' worth of a busy worker, as long as an acknowledgement may be on its way. */
const MAX_REPORTED = 4096;

export function createHolding(slots: Slots): Holding {
  const held = new Set<Held>();
  const reported = new Set<string>();
  const all = () => [...held];
  const work = () => all().filter((entry) => entry.kind === "work");
  const mustered = () => all().filter((entry) => entry.kind === "muster" && entry.isReady) as HeldMuster[];

  return {
    add(slice, delivery) {
      const entry: Held =
        slice.kind === "muster"
          ? { kind: "muster", slice, delivery, isReady: false }
          : { kind: "work", slice, delivery, attempt: undefined };
      held.add(entry);
      slots.take();
      return entry;
    },
    has: (entry) => held.has(entry),
    renew(delivery) {
      const entry = all().find((known) => known.delivery.seq === delivery.seq);
      if (entry) entry.delivery = delivery;
      return entry !== undefined;
    },
    markReported(slice) {
      reported.add(nameOf(slice));
      if (reported.size > MAX_REPORTED) reported.delete(reported.values().next().value as string);
    },
    isReported: (slice) => slice.kind !== "muster" && reported.has(nameOf(slice)),
    release(entry) {
      if (held.delete(entry)) slots.release();
    },
    all,
    work,
    musteredFor: (run) => mustered().filter(({ slice }) => slice.run === run),
    mustered() {
      const counts: Record<string, number> = {};
      for (const { slice } of mustered()) counts[slice.run] = (counts[slice.run] ?? 0) + 1;
      return counts;
    },
    named() {
      const names: Record<string, string[]> = {};
      for (const { slice } of work().slice(0, MAX_HELD_NAMED)) {
        names[slice.run] ??= [];
        names[slice.run]?.push(`${slice.lane}.${slice.window}`);
      }
      return names;
    },
    runs: () => new Set(all().map(({ slice }) => slice.run)),
  };
}

/** Under another revision of its run a slice asks for something else. */
function nameOf({ run, lane, window, revision }: WorkSlice): string {
  return `${sliceId(run, lane, window)}.r${revision}`;
}
