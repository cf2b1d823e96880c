/**
 * Watches a file by reading it again and again: so it does not matter how it changes. A ConfigMap's file is a link into a
 * folder that is swapped as a whole, an editor writes a new file in the place of the old one or writes into it, and what
 * notices changes for others, such as inotify, notices each of these in its own way or not at all.
 */

import { readFile, stat } from "node:fs/promises";
import { messageOf } from "../protocol/errors.ts";
import { MAX_SETTINGS_BYTES } from "../protocol/settings.ts";
import type { Clock } from "../runtime/clock.ts";

/** Gives a file's text. */
export type ReadText = (path: string) => Promise<string>;

export interface FileEars {
  /** The file says something else, and has said so twice in a row: what is half written is read again before it counts. */
  changed(text: string): void;
  /** The file cannot be read any more; said once until it can. */
  gone(why: string): void;
}

export interface FileWatch {
  close(): void;
}

const READ_INTERVAL_MS = 500;

/** @param known what it said when it was read first */
export function watchFile(
  path: string,
  known: string,
  clock: Clock,
  ears: FileEars,
  read: ReadText = readText,
): FileWatch {
  /** What was told last. */
  let told = known;
  /** What it says now, if that is something else; not told until it is read once more. */
  let fresh: string | undefined;
  let isGone = false;
  let isReading = false;
  let isClosed = false;

  function take(text: string): void {
    isGone = false;
    const isSteady = text === fresh;
    fresh = text === told ? undefined : text;
    if (!isSteady || fresh === undefined) return;
    told = text;
    fresh = undefined;
    ears.changed(text);
  }

  function miss(error: unknown): void {
    fresh = undefined;
    if (!isGone) ears.gone(messageOf(error));
    isGone = true;
  }

  function look(): void {
    if (isReading) return;
    isReading = true;
    read(path)
      .then(
        (text) => isClosed || take(text),
        (error: unknown) => isClosed || miss(error),
      )
      .finally(() => {
        isReading = false;
      });
  }

  const cancel = clock.every(READ_INTERVAL_MS, look);
  return {
    close() {
      isClosed = true;
      cancel();
    },
  };
}

/** Reads a file as it is now, whatever links lead to it. */
export async function readText(path: string, maxBytes = MAX_SETTINGS_BYTES): Promise<string> {
  if ((await stat(path)).size > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
  return readFile(path, "utf8");
}
