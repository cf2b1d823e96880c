/** What goes over the bus while the fleet runs: how many messages of each kind, and how many bytes. */

import { namesFor } from "../../libs/protocol/names.ts";

export interface TrafficLine {
  readonly kind: string;
  readonly perSecond: number;
  readonly bytesEach: number;
  readonly bytesPerSecond: number;
}

export interface Traffic {
  /** A message of a kind was published. A sample of them is written out, for the length. */
  count(kind: string, sample: () => { subject: string; body: unknown }, times?: number): void;
  lines(seconds: number): TrafficLine[];
}

/** One message in so many is written out: to do so with all of them would be the whole bench. */
const SAMPLE_ONE_IN = 997;
/** What NATS puts around a message: verb, sizes, ends of lines. */
const FRAME_BYTES = 16;

export function createTraffic(): Traffic {
  const kinds = new Map<string, { times: number; samples: number; bytes: number; untilSample: number }>();

  return {
    count(kind, sample, times = 1) {
      let entry = kinds.get(kind);
      if (!entry) {
        entry = { times: 0, samples: 0, bytes: 0, untilSample: 0 };
        kinds.set(kind, entry);
      }
      entry.times += times;
      entry.untilSample -= 1;
      if (entry.untilSample > 0) return;
      const { subject, body } = sample();
      entry.untilSample = SAMPLE_ONE_IN;
      entry.samples++;
      entry.bytes +=
        FRAME_BYTES + subject.length + (typeof body === "string" ? body : JSON.stringify(body)).length;
    },
    lines: (seconds) =>
      [...kinds].map(([kind, { times, samples, bytes }]) => {
        const bytesEach = bytes / samples;
        return { kind, perSecond: times / seconds, bytesEach, bytesPerSecond: (times * bytesEach) / seconds };
      }),
  };
}

export const NAMES = namesFor();
const { streams, consumers } = NAMES;
/** The subject to which the words about a delivered slice go, as long as JetStream makes it. */
export const ACK_SUBJECT = `$JS.ACK.${streams.slices}.${consumers.workers("default")}.1.123456.123456.1765432101234567890.8000`;
/** The subject of an answer. */
export const INBOX = "_INBOX.4D2DWEQ9FV8TL1MNTD4W3E.4D2DWEQ9FV8TL1MNTD8W";
/** What JetStream answers to a message that it has stored. */
export const STORED = { stream: streams.results, seq: 123456 };
