/** Slices as a worker is handed them, without a server: what was done with each is written down. */

import type { SliceDelivery } from "../../libs/bus/bus.ts";

export interface FakeDelivery extends SliceDelivery {
  /** What was done with it, in order: "ack", "working", "give back", "terminate: why". */
  readonly done: readonly string[];
}

/** A delivery of a message, the first one unless the test says otherwise. */
export function deliver(message: unknown, more: { seq?: number; attempt?: number } = {}): FakeDelivery {
  const done: string[] = [];
  return {
    data: new TextEncoder().encode(JSON.stringify(message)),
    subject: "lb.slice.default.run.0.0",
    seq: 1,
    attempt: 1,
    ...more,
    done,
    async ack() {
      done.push("ack");
    },
    working: () => done.push("working"),
    giveBack: () => done.push("give back"),
    terminate: (reason) => done.push(`terminate: ${reason}`),
  };
}
