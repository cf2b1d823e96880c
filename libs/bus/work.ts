/** A queue that is worked through, one message after the other, by a durable consumer that several may share. */

import { type Msg, nanos } from "nats";
import type { Follower, Queued } from "./bus.ts";
import { isLeaving, type Link, say } from "./link.ts";
import { openRound, placeOf, type Round } from "./round.ts";

/** One at a time, so that those that wait are there for others. */
const ASKED = { batch: 1, expiresMs: 5000 } as const;
/** Before a message comes again whose handling failed. */
const FAILED_PAUSE_MS = 1000;
/** After a request that failed: its consumer's leader is gone, or is being elected. */
const RETRY_PAUSE_MS = 500;

/** What `handle` rejects is given back. */
export async function workThrough(
  link: Link,
  stream: string,
  name: string,
  handle: (message: Queued) => Promise<void>,
): Promise<Follower> {
  let closed = false;
  let round: Round | undefined;

  async function work(): Promise<void> {
    while (!closed && !isLeaving(link.nc)) {
      const taken: Queued[] = [];
      round = openRound(link, { stream, name }, ASKED, (message) => taken.push(queuedOf(link, message)));
      const end = await round.over;
      for (const message of taken) await handle(message).catch(() => message.giveBack(FAILED_PAUSE_MS));
      if (end !== "done" && !closed) await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));
    }
  }

  const done = work();
  return {
    async close() {
      closed = true;
      round?.callOff();
      await done;
    },
  };
}

function queuedOf({ nc }: Link, message: Msg): Queued {
  const { data, subject, reply = "" } = message;
  const { seq, storedMs } = placeOf(message);
  return {
    data,
    subject,
    seq,
    storedMs,
    ack: () => say(nc, reply, "+ACK"),
    giveBack: (pauseMs) => say(nc, reply, `-NAK ${JSON.stringify({ delay: nanos(pauseMs) })}`),
  };
}
