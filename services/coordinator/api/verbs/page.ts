/** Lists in pages: a cursor names the last entry that was seen, so entries that come and go meanwhile disturb nothing. */

import { LogburstError } from "../../../../libs/protocol/errors.ts";
import { byTime } from "../../../../libs/protocol/ids.ts";

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

/** Records that one request looks at: a search that finds little goes on with the next page. */
const MAX_SEARCHED = 2000;
/** Records that are read at once. */
const BATCH = 50;

/**
 * A page of records whose ids tell when they were made, the newest first.
 * @param read a record, or nothing where it is not wanted
 */
export async function newestOf<T>(
  ids: readonly string[],
  read: (id: string) => Promise<T | undefined>,
  limit: number,
  cursor: string | undefined,
): Promise<Page<T>> {
  const newestFirst = ids.toSorted((a, b) => byTime(b, a) || (a < b ? 1 : -1));
  const from = cursor === undefined ? 0 : placeBehind(newestFirst, readCursor(cursor));
  const until = Math.min(newestFirst.length, from + MAX_SEARCHED);
  const entries: T[] = [];
  let at = from;
  while (at < until && entries.length < limit) {
    const batch = newestFirst.slice(at, Math.min(until, at + Math.min(BATCH, limit)));
    for (const record of await Promise.all(batch.map(read))) {
      if (entries.length >= limit) break;
      at++;
      if (record !== undefined) entries.push(record);
    }
  }
  const last = newestFirst[at - 1];
  const isLast = at >= newestFirst.length || last === undefined;
  return { entries, next: isLast ? {} : { next_cursor: writeCursor(last) } };
}

/** The place behind a record, also where it is gone meanwhile. */
function placeBehind(newestFirst: readonly string[], id: string): number {
  const place = newestFirst.findIndex(
    (other) => byTime(other, id) < 0 || (byTime(other, id) === 0 && other < id),
  );
  return place < 0 ? newestFirst.length : place;
}
