/** Lists in pages: a cursor names the last entry that was seen, so entries that come and go meanwhile disturb nothing. */

import { LogburstError } from "../../../../libs/protocol/errors.ts";

export interface Page<T> {
  readonly entries: T[];
  /** For the answer: empty on the last page. */
  readonly next: { readonly next_cursor?: string };
}

/**
 * A page of a list in the order of its keys.
 * @param keyOf what tells entries apart and puts them in order
 */
export function pageOf<T>(
  all: readonly T[],
  keyOf: (entry: T) => string,
  limit: number,
  cursor: string | undefined,
): Page<T> {
  const after = cursor === undefined ? undefined : readCursor(cursor);
  const sorted = all.toSorted((a, b) => compare(keyOf(a), keyOf(b)));
  const rest = after === undefined ? sorted : sorted.filter((entry) => keyOf(entry) > after);
  const entries = rest.slice(0, limit);
  const last = entries.at(-1);
  const isLast = rest.length <= limit || last === undefined;
  return { entries, next: isLast ? {} : { next_cursor: writeCursor(keyOf(last)) } };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** A cursor is a key in disguise, so that nobody comes to rest on what is in it. */
export function writeCursor(key: string): string {
  return Buffer.from(key, "utf8").toString("base64url");
}

/** @throws LogburstError `bad_request` for a text that is no cursor */
export function readCursor(cursor: string): string {
  const key = Buffer.from(cursor, "base64url").toString("utf8");
  if (key !== "" && writeCursor(key) === cursor) return key;
  throw new LogburstError("bad_request", `"${cursor}" is not a cursor`, {
    remedies: ["give the next_cursor of the page before, or none"],
  });
}
