/** A message of Loki's live tail: the entries that came in, and how many were left out because nobody took them in time. */

import { z } from "zod";

/** A time is a text of nanoseconds; what stands behind it is the line, and may be more. */
const Entry = z.tuple([z.string().regex(/^\d{1,19}$/)]).rest(z.unknown());
const TailMessage = z.object({
  streams: z.array(z.object({ values: z.array(Entry) })).nullish(),
  dropped_entries: z.array(z.unknown()).nullish(),
});

export interface TailMessage {
  /** Of each entry its own time, in epoch milliseconds. */
  readonly entriesMs: readonly number[];
  readonly dropped: number;
}

const NANOSECONDS = 1e6;

/** @returns undefined where it is no message of a tail */
export function readTailMessage(bytes: Buffer): TailMessage | undefined {
  const parsed = TailMessage.safeParse(parse(bytes.toString("utf8")));
  if (!parsed.success) return undefined;
  const { streams, dropped_entries: dropped } = parsed.data;
  const entriesMs = (streams ?? []).flatMap(({ values }) =>
    values.map(([time]) => Number(time) / NANOSECONDS),
  );
  return { entriesMs, dropped: dropped?.length ?? 0 };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
