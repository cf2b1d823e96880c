/** The broker's buckets of keys with revisions, whose keys may expire. */

import { fits } from "./streams.ts";

interface Kept {
  readonly json: string | undefined;
  readonly revision: number;
  readonly writtenMs: number;
}

export interface KeyValues {
  get(key: string): { json: string; revision: number } | undefined;
  put(key: string, json: string): number;
  /** @returns undefined when the key exists */
  create(key: string, json: string): number | undefined;
  /** @returns undefined when the key is at another revision */
  update(key: string, json: string, revision: number): number | undefined;
  /** With a revision: only if the key is still at it. */
  delete(key: string, revision: number | undefined): void;
  keys(filter: string): string[];
  /** Lets go of what was written before a time. */
  trim(beforeMs: number): void;
}

/** @param ttlMs how long a key stays without being written; Infinity for ever */
export function createKeyValues(
  nowMs: () => number,
  ttlMs: number,
  onWrite: (key: string, json: string | undefined, revision: number) => void,
): KeyValues {
  const kept = new Map<string, Kept>();
  let revision = 0;

  /** What the bucket's stream holds of a key: also that it was deleted, until that expires. */
  function last(key: string): Kept | undefined {
    const entry = kept.get(key);
    return entry && nowMs() - entry.writtenMs < ttlMs ? entry : undefined;
  }

  function put(key: string, json: string | undefined): number {
    revision++;
    kept.set(key, { json, revision, writtenMs: nowMs() });
    onWrite(key, json, revision);
    return revision;
  }

  return {
    get(key) {
      const entry = last(key);
      return entry?.json === undefined ? undefined : { json: entry.json, revision: entry.revision };
    },
    put,
    create: (key, json) => (last(key)?.json === undefined ? put(key, json) : undefined),
    update: (key, json, at) => ((last(key)?.revision ?? 0) === at ? put(key, json) : undefined),
    delete(key, at) {
      if (at === undefined || last(key)?.revision === at) put(key, undefined);
    },
    trim(beforeMs) {
      for (const [key, { writtenMs }] of kept) if (writtenMs < beforeMs) kept.delete(key);
    },
    keys: (filter) => [...kept.keys()].filter((key) => fits(filter, key) && last(key)?.json !== undefined),
  };
}
