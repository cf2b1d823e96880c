/** The streams of the API: a run as it goes, and the tail of logs. What a slow client has not taken yet is bounded. */

import type { Bucket, Bus } from "../../../../libs/bus/bus.ts";
import { parseMessage } from "../../../../libs/protocol/door.ts";
import { Live } from "../../../../libs/protocol/live.ts";
import type { LogLine } from "../../../../libs/protocol/log-line.ts";
import { isFinal } from "../../../../libs/protocol/run.ts";
import type { LiveBook } from "../live-book.ts";
import type { LogBook, LogFilter } from "../log-book.ts";
import { runNamed } from "../stored.ts";
import { readEvent } from "../verbs/run-logs.ts";
import type { Listener } from "./sse.ts";

/** Events that are read at once. */
const PAGE = 100;
/** Lines that wait for a client; where there are more, the oldest are left out and counted. */
const MAX_WAITING_LINES = 500;
/** Lines from before that a tail begins with. */
const FIRST_LINES = 50;

/**
 * Tells a run's events from the log, in order and without gap, and between them the newest of its live figures: figures that
 * come while a client is busy replace one another. First comes what is known of a live run's time so far, and its last figures. Ends when the run is over and all of it is told.
 * @param fromSeq the first event that the client has not seen
 */
export async function tellRun(
  { bus, runs, lives }: { bus: Bus; runs: Bucket; lives: LiveBook },
  id: string,
  fromSeq: number,
  listener: Listener,
): Promise<void> {
  const { streams, subjects } = bus.names;
  let live = lives.last(id);
  let nextSeq = fromSeq;
  const subscriptions = [
    bus.subscribe(subjects.live(id), (data) => {
      const parsed = parseMessage(Live, data);
      if (parsed.ok) live = parsed.value;
      listener.wake();
    }),
    // Only a sign that there is something new in the log.
    bus.subscribe(subjects.eventsOfRun(id), listener.wake),
  ];
  try {
    const timeline = lives.of(id);
    if (timeline && !isFinal((await runNamed(runs, id)).phase))
      await listener.send({ event: "timeline", data: timeline });
    while (!listener.isGone()) {
      // The record is the last that is stored of a run: what is over by now has all its events in the log.
      const record = await runNamed(runs, id);
      const messages = await bus.read(streams.events, subjects.eventsOfRun(id), nextSeq, PAGE);
      for (const message of messages) {
        nextSeq = message.seq + 1;
        const entry = readEvent(message);
        if (entry) await listener.send({ event: "event", id: String(entry.seq), data: entry.event });
      }
      if (live) {
        const data = live;
        live = undefined;
        await listener.send({ event: "live", data });
      }
      if (messages.length === PAGE) continue;
      if (isFinal(record.phase)) {
        await listener.send({ event: "end", data: record });
        return;
      }
      await listener.pause();
    }
  } finally {
    for (const subscription of subscriptions) subscription.close();
  }
}

/** Whether there is nothing left to tell a client that has seen a run up to an event. */
export async function isAllTold(
  { bus, runs }: { bus: Bus; runs: Bucket },
  id: string,
  fromSeq: number,
): Promise<boolean> {
  if (!isFinal((await runNamed(runs, id)).phase)) return false;
  const { streams, subjects } = bus.names;
  return (await bus.read(streams.events, subjects.eventsOfRun(id), fromSeq, 1)).length === 0;
}

/** Tells the last lines and then each as it comes, for as long as the client listens. */
export async function tellLog(book: LogBook, filter: LogFilter, listener: Listener): Promise<void> {
  const waiting: LogLine[] = book.recent(filter, FIRST_LINES);
  let leftOut = 0;
  const stop = book.listen(filter, (line) => {
    if (waiting.length >= MAX_WAITING_LINES) {
      waiting.shift();
      leftOut++;
    }
    waiting.push(line);
    listener.wake();
  });
  try {
    while (!listener.isGone()) {
      if (leftOut > 0) {
        const lines = leftOut;
        leftOut = 0;
        await listener.send({ event: "left_out", data: { lines } });
      }
      for (let line = waiting.shift(); line; line = waiting.shift())
        await listener.send({ event: "line", data: line });
      await listener.pause();
    }
  } finally {
    stop();
  }
}
