/** The library: entries in their bucket, each checked before it is stored, and changed only at the revision that was seen. */

import { isDeepStrictEqual } from "node:util";
import type { Bucket } from "../../../libs/bus/bus.ts";
import { type Item, readItem, referencesOf, validateItem, withConfig } from "../../../libs/plans/read.ts";
import { ConfigProblems, pathText, pointerTo } from "../../../libs/protocol/config/problems.ts";
import { parseObject } from "../../../libs/protocol/door.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { LIBRARY_KINDS, LIBRARY_LIMITS, type LibraryKind } from "../../../libs/protocol/library/documents.ts";
import { entryKey, type LibraryEntry, StoredEntry } from "../../../libs/protocol/library/entry.ts";
import type { Clock } from "../../../libs/runtime/clock.ts";
import { maskConfig, sealConfig } from "../../../libs/runtime/secrets.ts";

/** An entry with what it means. */
export interface Known {
  readonly item: Item;
  readonly stored: StoredEntry;
  readonly revision: number;
}

export interface Put {
  /** The revision that is to be changed; 0 where there is to be none. Any, where it is not said. */
  readonly revision?: number | undefined;
  readonly by: string;
  readonly source: StoredEntry["source"];
}

export interface Library {
  put(text: string, how: Put): Promise<Known>;
  remove(kind: LibraryKind, name: string, how: Put): Promise<void>;
  /** Pauses a schedule or lets it go on, also one that comes from a file. */
  pause(known: Known, paused: boolean, by: string): Promise<Known>;
}

export interface LibraryParts {
  readonly library: Bucket;
  readonly clock: Pick<Clock, "nowMs">;
  readonly sealKey: string | undefined;
  /** Asked before each write. @throws LogburstError `no_leader` */
  readonly requireLease: () => void;
}

/** @throws LogburstError `not_found` */
export async function entryNamed(library: Bucket, kind: LibraryKind, name: string): Promise<Known> {
  const known = await findEntry(library, kind, name);
  if (known) return known;
  throw new LogburstError("not_found", `there is no ${kind} ${name} in the library`, {
    remedies: [`list them: logburst library list --kind ${kind}`],
  });
}

async function findEntry(library: Bucket, kind: LibraryKind, name: string): Promise<Known | undefined> {
  const entry = await library.get(entryKey(kind, name));
  const stored = parseObject(StoredEntry, entry?.value);
  if (!entry || !stored.ok) return undefined;
  const read = validateItem(stored.value.document);
  if (read.ok) return { item: read.item, stored: stored.value, revision: entry.revision };
  throw new LogburstError(
    "bad_config",
    `${kind} ${name} cannot be read: another version may have written it`,
    {
      remedies: ["put it into the library again"],
    },
  );
}

/** All entries of some kinds; what cannot be read is left out. */
export async function allEntries(
  library: Bucket,
  kinds: readonly LibraryKind[] = LIBRARY_KINDS,
): Promise<Known[]> {
  const found: Known[] = [];
  for (const kind of kinds) {
    for (const key of await library.keys(entryKey(kind, "*"))) {
      const known = await findEntry(library, kind, key.slice(kind.length + 1)).catch(() => undefined);
      if (known) found.push(known);
    }
  }
  return found;
}

/** An entry as it may be shown: without secrets. */
export function shownEntry({ item, stored, revision }: Known): LibraryEntry {
  const { v: _v, ...rest } = stored;
  const { description } = item;
  const document = withConfig(item, (config) => maskConfig(config));
  return { ...rest, document, revision, ...(description !== undefined && { description }) };
}

export function createLibrary({ library, clock, sealKey, requireLease }: LibraryParts): Library {
  /** Writes at the revision that was seen, or not at all. */
  async function write(entry: StoredEntry, seen: number | undefined): Promise<Known> {
    requireLease();
    const key = entryKey(entry.kind, entry.name);
    const revision =
      seen === undefined ? await library.create(key, entry) : await library.update(key, entry, seen);
    requireLease();
    if (revision === undefined) throw outdated(entry);
    const read = validateItem(entry.document);
    if (!read.ok) throw new RangeError("a valid document is no longer valid once its secrets are sealed");
    return { item: read.item, stored: entry, revision };
  }

  async function requireReferences(item: Item): Promise<void> {
    const missing = [];
    for (const { kind, name, path } of referencesOf(item)) {
      if ((await library.get(entryKey(kind, name))) !== undefined) continue;
      const message = `there is no ${kind} ${name} in the library`;
      missing.push({
        path: pathText(path),
        pointer: pointerTo(path),
        message,
        remedy: `put the ${kind} there first`,
      });
    }
    if (missing.length > 0) throw new ConfigProblems(missing);
  }

  async function requireUnused(kind: LibraryKind, name: string): Promise<void> {
    for (const { item } of await allEntries(library)) {
      if (!referencesOf(item).some((reference) => reference.kind === kind && reference.name === name))
        continue;
      throw new LogburstError("conflict", `${kind} ${name} is used by ${item.kind} ${item.name}`, {
        remedies: [`change or delete that ${item.kind} first`],
      });
    }
  }

  async function requireRoom(): Promise<void> {
    if ((await library.keys("*.*")).length < LIBRARY_LIMITS.entries) return;
    // Among the keys are those of deleted entries, and of the starts of schedules.
    const count = (await allEntries(library)).length;
    if (count < LIBRARY_LIMITS.entries) return;
    throw new LogburstError("conflict", `the library has ${count} entries, which is the most`, {
      remedies: ["delete some of them"],
    });
  }

  return {
    async put(text, { revision, by, source }) {
      const read = readItem(text);
      if (!read.ok) throw new ConfigProblems(read.problems);
      const { item } = read;
      const { kind, name } = item;
      await requireReferences(item);
      const before = await findEntry(library, kind, name).catch(() => undefined);
      const seen = before?.revision ?? (await library.get(entryKey(kind, name)))?.revision;
      if (before) requireSource(before, source);
      if (revision !== undefined && revision !== (seen ?? 0)) throw outdated(item, seen);
      if (seen === undefined) await requireRoom();
      const document = withConfig(item, (config) => sealConfig(config, sealKey).document);
      if (before && before.stored.source === source && isDeepStrictEqual(before.stored.document, document))
        return before;
      const now = { changed_ms: clock.nowMs(), changed_by: by, author: by };
      const paused = before?.stored.paused;
      const kept = paused === undefined ? {} : { paused };
      return write({ v: 1, kind, name, source, ...now, ...kept, document }, seen);
    },
    async remove(kind, name, { revision, source }) {
      const known = await entryNamed(library, kind, name);
      requireSource(known, source);
      if (revision !== undefined && revision !== known.revision) throw outdated(known.item, known.revision);
      await requireUnused(kind, name);
      requireLease();
      const key = entryKey(kind, name);
      await library.delete(key, known.revision);
      const left = await library.get(key);
      if (left) throw outdated(known.item, left.revision);
    },
    pause({ stored, revision }, paused, by) {
      return write({ ...stored, paused, changed_ms: clock.nowMs(), changed_by: by }, revision);
    },
  };
}

/** What a file brings would come back with it. */
function requireSource({ stored: { source, kind, name } }: Known, asked: StoredEntry["source"]): void {
  if (source !== "file" || asked === "file") return;
  throw new LogburstError("conflict", `${kind} ${name} comes from a file of the coordinator's library`, {
    remedies: ["change that file", "or use another name"],
  });
}

function outdated({ kind, name }: { kind: string; name: string }, revision?: number): LogburstError {
  const now = revision === undefined ? "" : `; it is at revision ${revision}`;
  return new LogburstError("outdated", `${kind} ${name} is not at the revision that was named${now}`, {
    remedies: ["look at what is there now, and ask again with its revision"],
  });
}
