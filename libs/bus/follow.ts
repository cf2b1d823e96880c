/**
 * A stream as a log that is followed: every message once, in order, without gap. Its consumer lives on one server and is
 * worth nothing: when it is silent, or a message is missing, the next one begins behind the last message that was heard. The
 * client's own ordered consumer waits instead until the server that held the old one is back, which may be never.
 */

import { AckPolicy, DeliverPolicy, type Msg, nanos, nuid } from "nats";
import type { Follower, From, HearLogged } from "./bus.ts";
import { isLeaving, type Link } from "./link.ts";
import { lastSeqOf } from "./log.ts";
import { openRound, placeOf, type Round } from "./round.ts";

const BATCH = 500;
const EXPIRES_MS = 5000;
/** The server keeps a consumer that nobody asks for so long: well above the time of a request. */
const KEPT_MS = 30_000;
/** Making a consumer fails while the servers elect: some ten seconds, then whoever follows is told. */
const FIRST_TRIES = 5;
const RETRY_PAUSE_MS = 250;

/** Calls back for each message of a stream that fits a filter. Rejects when the stream cannot be read. */
export async function follow(
  link: Link,
  stream: string,
  filter: string,
  from: From,
  hear: HearLogged,
): Promise<Follower> {
  const { nc, lookups } = link;
  // By sequence, also for "now": a consumer that must be made anew before its first message then misses nothing.
  let nextSeq =
    typeof from === "number" ? from : from === "beginning" ? 1 : (await lastSeqOf(link, stream)) + 1;
  let closed = false;
  let round: Round | undefined;
  const isOver = () => closed || isLeaving(nc);

  /** Under a new name each time: the server may have put the one before on a machine that is gone. */
  async function makeConsumer(): Promise<string> {
    const name = nuid.next();
    await lookups.consumers.add(stream, {
      name,
      filter_subject: filter,
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: nextSeq,
      inactive_threshold: nanos(KEPT_MS),
      num_replicas: 1,
      mem_storage: true,
    });
    return name;
  }

  /** @returns the consumer's name; none when nobody follows any more */
  async function makePatiently(tries: number): Promise<string | undefined> {
    for (let attempt = 1; !isOver(); attempt++) {
      try {
        if (link.isConnected()) return await makeConsumer();
      } catch (error) {
        if (attempt >= tries) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));
    }
    return undefined;
  }

  /** Hears what a consumer delivers, until it is silent or a message is missing. */
  async function readFrom(name: string): Promise<void> {
    let delivered = 0;
    let isWhole = true;
    function take(message: Msg): void {
      const place = placeOf(message);
      delivered++;
      isWhole &&= place.delivered === delivered;
      if (!isWhole) return;
      nextSeq = place.seq + 1;
      hear(message.data, message.subject, place.seq);
    }
    while (isWhole && !isOver()) {
      round = openRound(link, { stream, name }, { batch: BATCH, expiresMs: EXPIRES_MS }, take);
      if ((await round.over) !== "done") return;
    }
  }

  /** Left alone, the server would keep it for a while. */
  async function dropConsumer(name: string): Promise<void> {
    if (link.isConnected()) await lookups.consumers.delete(stream, name).catch(() => undefined);
  }

  async function read(first: string | undefined): Promise<void> {
    for (let name = first; name !== undefined; name = await makePatiently(Number.POSITIVE_INFINITY)) {
      await readFrom(name);
      const dropping = dropConsumer(name);
      if (isOver()) await dropping;
    }
  }

  const done = read(await makePatiently(FIRST_TRIES));
  return {
    async close() {
      closed = true;
      round?.forget();
      await done;
    },
  };
}
