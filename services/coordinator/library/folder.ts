/** A folder of YAML files as a part of the library: what is in it is put there, and what has left it is removed. */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Bucket } from "../../../libs/bus/bus.ts";
import { readItem } from "../../../libs/plans/read.ts";
import { formatProblem } from "../../../libs/protocol/config/problems.ts";
import { MAX_CONFIG_BYTES } from "../../../libs/protocol/config/read.ts";
import { LogburstError, messageOf } from "../../../libs/protocol/errors.ts";
import { LIBRARY_KINDS, LIBRARY_LIMITS } from "../../../libs/protocol/library/documents.ts";
import type { Log } from "../../../libs/runtime/log.ts";
import { allEntries, type Library } from "./store.ts";

export interface LibraryFile {
  readonly file: string;
  readonly text: string;
}

/** @throws LogburstError `bad_config` for a folder that cannot be read */
export function readFolder(folder: string): LibraryFile[] {
  try {
    const files = readdirSync(folder)
      .filter((name) => /\.(ya?ml|json)$/.test(name))
      .sort()
      .map((name) => join(folder, name));
    if (files.length > LIBRARY_LIMITS.entries)
      throw new Error(`it has more than ${LIBRARY_LIMITS.entries} files`);
    return files.map((file) => {
      if (statSync(file).size > MAX_CONFIG_BYTES) throw new Error(`${file} is too large`);
      return { file, text: readFileSync(file, "utf8") };
    });
  } catch (cause) {
    throw new LogburstError(
      "bad_config",
      `the library's folder ${folder} cannot be read: ${messageOf(cause)}`,
      {
        remedies: ["name a folder with YAML files: --library FOLDER, or LOGBURST_LIBRARY"],
        cause,
      },
    );
  }
}

/** What is wrong with one file leaves the others alone: it is logged, and the entry that it had brought stays as it was. */
export async function loadFiles(
  files: readonly LibraryFile[],
  store: Library,
  library: Bucket,
  log: Log,
): Promise<void> {
  const how = { by: "the library's folder", source: "file" } as const;
  const read = files.map(({ file, text }) => ({ file, text, read: readItem(text) }));
  for (const { file, read: found } of read)
    if (!found.ok)
      for (const problem of found.problems)
        log.error({ problem: formatProblem(problem, file) }, "a file is refused");
  const good = read.flatMap((each) => (each.read.ok ? [{ ...each, item: each.read.item }] : []));
  // What is named comes before what names it.
  for (const kind of LIBRARY_KINDS) {
    for (const { file, text, item } of good.filter((each) => each.item.kind === kind)) {
      await store
        .put(text, how)
        .catch((error: unknown) =>
          log.error({ file, name: item.name, err: messageOf(error) }, "a file is refused"),
        );
    }
  }
  if (read.some(({ read: found }) => !found.ok)) return;
  const isThere = new Set(good.map(({ item }) => `${item.kind}.${item.name}`));
  const brought = (await allEntries(library, LIBRARY_KINDS.toReversed())).filter(
    ({ stored }) => stored.source === "file",
  );
  for (const { item } of brought) {
    if (isThere.has(`${item.kind}.${item.name}`)) continue;
    await store
      .remove(item.kind, item.name, how)
      .catch((error: unknown) =>
        log.warn({ name: item.name, err: messageOf(error) }, "its file is gone, and it stays"),
      );
  }
}
