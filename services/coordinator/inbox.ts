/** What the leading coordinator hears: parsed at the door, handed on, or refused with a count and a log line. */

import type { Bus, Queued } from "../../libs/bus/bus.ts";
import { parseMessage } from "../../libs/protocol/door.ts";
import { LogburstError, messageOf } from "../../libs/protocol/errors.ts";
import type { Reason } from "../../libs/protocol/ledger.ts";
import { Heartbeat } from "../../libs/protocol/node.ts";
import { LogEntry, type Result } from "../../libs/protocol/result.ts";
import { Live, RunEvent } from "../../libs/protocol/run.ts";
import { DeadAdvisory, reasonOf } from "./dead-slices.ts";

export interface Ears {
  result(result: Result, seq: number): void;
  reported(event: RunEvent & { type: "reported" }): void;
  heartbeat(heartbeat: Heartbeat): void;
  live(live: Live): void;
  deadSlice(seq: number, reason: Reason): void;
  /** A run request from the queue. Rejects with the reason when it is refused. */
  request(text: string): Promise<unknown>;
  /** A message that was not understood. */
  refused(subject: string, reason: string): void;
  now(): number;
}

export interface Inbox {
  close(): Promise<void>;
}

/** A request that cannot be taken now is offered again after this. */
const RETRY_PAUSE_MS = 1000;

export async function openInbox(bus: Bus, ears: Ears): Promise<Inbox> {
  const { streams, subjects, consumers } = bus.names;

  /** Whatever becomes of a request, it is done with; unless there is only no room for it now. */
  async function takeRequest(message: Queued): Promise<void> {
    try {
      await ears.request(Buffer.from(message.data).toString("utf8"));
    } catch (error) {
      if (error instanceof LogburstError && error.code === "too_many_runs") {
        message.giveBack(RETRY_PAUSE_MS);
        return;
      }
      ears.refused(message.subject, messageOf(error));
    }
    message.ack();
  }

  async function takeDead(message: Queued): Promise<void> {
    const parsed = parseMessage(DeadAdvisory, message.data);
    if (parsed.ok) ears.deadSlice(parsed.value.stream_seq, reasonOf(parsed.value));
    message.ack();
  }

  const following = [
    await bus.follow(streams.results, subjects.allResults, "now", (data, subject, seq) => {
      const parsed = parseMessage(LogEntry, data);
      if (parsed.ok && parsed.value.kind !== "fence") ears.result(parsed.value, seq);
      else if (!parsed.ok) ears.refused(subject, parsed.reason);
    }),
    await bus.follow(streams.events, subjects.eventsOfType("reported"), "now", (data, subject) => {
      const parsed = parseMessage(RunEvent, data);
      if (!parsed.ok) ears.refused(subject, parsed.reason);
      else if (parsed.value.type === "reported") ears.reported(parsed.value);
    }),
    await bus.workThrough(streams.requests, consumers.coordinator, takeRequest),
    await bus.workThrough(streams.dead, consumers.coordinator, takeDead),
  ];
  const subscriptions = [
    bus.subscribe(subjects.allHeartbeats, (data, subject) => {
      const parsed = parseMessage(Heartbeat, data);
      if (parsed.ok) ears.heartbeat(parsed.value);
      else ears.refused(subject, parsed.reason);
    }),
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
