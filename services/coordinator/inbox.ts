/** What the leading coordinator hears: parsed at the door, handed on, or refused with a count and a log line. */

import type { Bus, Queued } from "../../libs/bus/bus.ts";
import { parseMessage } from "../../libs/protocol/door.ts";
import { LogburstError, messageOf } from "../../libs/protocol/errors.ts";
import { Live } from "../../libs/protocol/live.ts";
import type { Origin } from "./api/intake.ts";
import { DeadAdvisory } from "./dead-slices.ts";

export interface Ears {
  live(live: Live): void;
  /** JetStream gave up a slice. Rejects when that cannot be dealt with yet. @param seq its place in the queue */
  deadSlice(seq: number): Promise<void>;
  /** A run request from the queue. Rejects with the reason when it is refused. */
  request(text: string, origin: Origin): Promise<unknown>;
  /** A message that was not understood. */
  refused(subject: string, reason: string): void;
  now(): number;
}

export interface Inbox {
  close(): Promise<void>;
}

/** A request that cannot be taken now is offered again after this. */
const RETRY_PAUSE_MS = 1000;
/** Errors that say nothing about the request. */
const NOT_NOW: readonly string[] = [
  "too_many_runs",
  "caps_reached",
  "killed",
  "no_leader",
  "bus_unavailable",
];

/** Whether a request may yet be taken: also what is no error of ours, such as a bucket without an answer, is not its fault. */
function mayWait(error: unknown): boolean {
  return !(error instanceof LogburstError) || NOT_NOW.includes(error.code);
}

export async function openInbox(bus: Bus, ears: Ears): Promise<Inbox> {
  const { streams, subjects, consumers } = bus.names;

  /** Whatever becomes of a request, it is done with; unless it cannot be taken now. */
  async function takeRequest(message: Queued): Promise<void> {
    try {
      await ears.request(Buffer.from(message.data).toString("utf8"), message);
    } catch (error) {
      if (mayWait(error)) {
        message.giveBack(RETRY_PAUSE_MS);
        return;
      }
      ears.refused(message.subject, messageOf(error));
    }
    message.ack();
  }

  async function takeDead(message: Queued): Promise<void> {
    const parsed = parseMessage(DeadAdvisory, message.data);
    if (parsed.ok) await ears.deadSlice(parsed.value.stream_seq);
    message.ack();
  }

  const following = [
    await bus.workThrough(streams.requests, consumers.coordinator, takeRequest),
    await bus.workThrough(streams.dead, consumers.coordinator, takeDead),
  ];
  const subscriptions = [
    bus.subscribe(subjects.allLive, (data, subject) => {
      const parsed = parseMessage(Live, data);
      if (parsed.ok) ears.live(parsed.value);
      else ears.refused(subject, parsed.reason);
    }),
    bus.serve(subjects.time, () => ({ now_ms: ears.now() })),
  ];
  return {
    async close() {
      for (const subscription of subscriptions) subscription.close();
      await Promise.all(following.map((follower) => follower.close()));
    },
  };
}
