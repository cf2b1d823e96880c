/** The queue of slices as the simulation has it: to workers in turn, and again when a worker no longer speaks for one. */

import { SLICE_ACK_WAIT_MS } from "../../libs/bus/bus.ts";
import { type Calendar, createCalendar } from "./calendar.ts";
import type { OpenDraft } from "./ran.ts";

export interface QueuedSlice {
  readonly draft: OpenDraft;
  readonly seq: number;
  deliveries: number;
  acked: boolean;
}

export interface Queue {
  put(draft: OpenDraft): QueuedSlice;
  /** Hands out what waits, as long as `take` accepts it. */
  deliver(take: (slice: QueuedSlice) => boolean): void;
  ack(slice: QueuedSlice): void;
  /** The worker fell silent: the slice waits again when its time without a word is over. */
  leave(slice: QueuedSlice, lastWordMs: number): void;
  /** Slices whose time without a word is over wait again. @returns how many */
  bringBack(tick: number): number;
  /** Published and not acknowledged. */
  depth(): number;
  deepest(): number;
  published(): number;
}

/** @param tickOf the tick in which a time lies */
export function createQueue(tickOf: (ms: number) => number): Queue {
  let waiting: QueuedSlice[] = [];
  const silent: Calendar<QueuedSlice> = createCalendar();
  let seq = 0;
  let depth = 0;
  let deepest = 0;

  return {
    put(draft) {
      const slice = { draft, seq: ++seq, deliveries: 0, acked: false };
      waiting.push(slice);
      deepest = Math.max(deepest, ++depth);
      return slice;
    },
    deliver(take) {
      let at = 0;
      for (; at < waiting.length; at++) {
        const slice = waiting[at] as QueuedSlice;
        if (slice.acked) continue;
        slice.deliveries++;
        if (take(slice)) continue;
        slice.deliveries--;
        break;
      }
      waiting = waiting.slice(at);
    },
    ack(slice) {
      if (slice.acked) return;
      slice.acked = true;
      depth--;
    },
    leave: (slice, lastWordMs) => silent.put(tickOf(lastWordMs + SLICE_ACK_WAIT_MS), slice),
    bringBack(tick) {
      const back = silent.take(tick).filter(({ acked }) => !acked);
      waiting = [...back, ...waiting];
      return back.length;
    },
    depth: () => depth,
    deepest: () => deepest,
    published: () => seq,
  };
}
