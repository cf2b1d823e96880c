/** Streams over a simulated link: appends that are tried again, followers that miss nothing, queues that are worked through. */

import type { Appended, AppendOptions, Bus, Follower, From, HearLogged, Queued } from "../../libs/bus/bus.ts";
import { LogburstError, messageOf } from "../../libs/protocol/errors.ts";
import type { Cursor } from "./broker.ts";
import type { Consumer, Pull } from "./consumer.ts";
import type { Lane } from "./link.ts";
import { EPOCH_MS } from "./process.ts";
import { fits, type Stored } from "./streams.ts";
import { encode, pause, type Wire } from "./wire.ts";

type Streams = Pick<Bus, "append" | "read" | "purge" | "follow" | "lastSeq" | "workThrough">;

const APPEND_TIMEOUT_MS = 2000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;
/** A follower notices after so long that its consumer is gone, and makes it anew. */
const FOLLOW_AGAIN_MS = 1000;
const PULL_EXPIRES_MS = 5000;
const INFO_TIMEOUT_MS = 5000;

export function streamsOver(wire: Wire): Streams {
  return {
    append: (subject, message, options) => append(wire, subject, message, options),
    lastSeq: (stream) => wire.ask(wire.broker.streamNamed(stream).lastSeq, INFO_TIMEOUT_MS),
    async read(stream, filter, fromSeq, most) {
      const page = () =>
        [...wire.broker.streamNamed(stream).all()]
          .filter(({ seq, subject }) => seq >= fromSeq && fits(filter, subject))
          .slice(0, most);
      return wire.ask(page, INFO_TIMEOUT_MS);
    },
    purge: (stream, filter) => wire.ask(() => wire.broker.streamNamed(stream).purge(filter), INFO_TIMEOUT_MS),
    follow: (stream, filter, from, hear) => follow(wire, stream, filter, from, hear),
    workThrough: (stream, consumer, handle) => workThrough(wire, stream, consumer, handle),
  };
}

async function append(
  { broker, process, ask, isClosed }: Wire,
  subject: string,
  message: unknown,
  options: AppendOptions,
): Promise<Appended> {
  const data = encode(message);
  const stream = broker.streamOf(subject);
  if (!stream) throw new Error(`no stream keeps ${subject}`);
  let pauseMs = FIRST_PAUSE_MS;
  for (let attempt = 1; ; attempt++) {
    if (options.isWanted?.() === false) throw notStored(subject, "it is no longer wanted");
    try {
      return await ask(
        () => stream.append(subject, data, options.id, broker.nowMs(), process),
        APPEND_TIMEOUT_MS,
      );
    } catch (cause) {
      if (isClosed() || attempt >= options.tries) throw notStored(subject, messageOf(cause), cause);
      await pause(process, pauseMs);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }
}

function notStored(subject: string, why: string, cause?: unknown): LogburstError {
  return new LogburstError("bus_unavailable", `a message on ${subject} could not be stored: ${why}`, {
    cause,
  });
}

async function follow(
  wire: Wire,
  streamName: string,
  filter: string,
  from: From,
  hear: HearLogged,
): Promise<Follower> {
  const { broker, link, process } = wire;
  const stream = broker.streamNamed(streamName);
  let heardSeq =
    typeof from === "number"
      ? from - 1
      : from === "beginning"
        ? 0
        : await wire.ask(stream.lastSeq, INFO_TIMEOUT_MS);
  let open = true;
  let cursor: Cursor | undefined;

  function begin(): void {
    const lane: Lane = { lastMs: 0 };
    const made: Cursor = {
      link,
      filter,
      nextSeq: heardSeq + 1,
      deliver: (message) => link.toProcess(lane, () => take(made, message), true),
    };
    cursor = made;
    broker.follow(stream, made);
  }

  function take(by: Cursor, message: Stored): void {
    // What a consumer before it sent late stands aside: the order is that of the newest.
    if (!open || by !== cursor || message.seq <= heardSeq) return;
    heardSeq = message.seq;
    hear(message.data, message.subject, message.seq);
  }

  // Nothing is sent before the consumer is known to be there.
  await wire.ask(() => undefined, INFO_TIMEOUT_MS);
  wire.tell(begin, true);
  link.onUp(() => {
    process.clock.after(FOLLOW_AGAIN_MS, () => open && wire.tell(begin, true));
  });
  return {
    async close() {
      open = false;
      wire.tell(() => cursor && broker.unfollow(cursor));
    },
  };
}

async function workThrough(
  wire: Wire,
  streamName: string,
  consumerName: string,
  handle: (message: Queued) => Promise<void>,
): Promise<Follower> {
  const { broker, link, process } = wire;
  const consumer = broker.consumer(broker.streamNamed(streamName), consumerName, ">") as Consumer;
  const lane: Lane = { lastMs: 0 };
  let open = true;
  const queue: Stored[] = [];
  let wake: () => void = () => undefined;

  const queuedOf = ({ data, subject, seq, storedMs }: Stored): Queued => ({
    data,
    subject,
    seq,
    storedMs: EPOCH_MS + storedMs,
    ack: () => wire.tell(() => consumer.ack(seq)),
    giveBack: (pauseMs) => wire.tell(() => consumer.giveBack(seq, pauseMs)),
  });

  async function loop(): Promise<void> {
    while (open) {
      const request: Pull = {
        link,
        remaining: 1,
        expiresMs: broker.nowMs() + PULL_EXPIRES_MS,
        deliver: (message) =>
          link.toProcess(lane, () => {
            queue.push(message);
            wake();
          }),
        expired: () => undefined,
      };
      const come = new Promise<void>((resolve) => {
        wake = resolve;
      });
      wire.tell(() => consumer.pull(request));
      const cancel = process.clock.after(PULL_EXPIRES_MS, wake);
      if (queue.length === 0) await come;
      cancel();
      for (const message of queue.splice(0)) {
        const queued = queuedOf(message);
        await handle(queued).catch(() => queued.giveBack(LONGEST_PAUSE_MS));
      }
    }
  }

  void loop();
  link.onUp(() => wake());
  return {
    async close() {
      open = false;
      wake();
    },
  };
}
