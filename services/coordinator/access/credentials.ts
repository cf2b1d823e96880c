/** Tokens and keys, read again when their files change: all of them, or, where one has problems, none. */

import { messageOf } from "../../../libs/protocol/errors.ts";
import type { Clock } from "../../../libs/runtime/clock.ts";
import type { Environment } from "../../../libs/runtime/config.ts";
import type { Trail } from "../../../libs/settings/trail.ts";
import { readText, watchFile } from "../../../libs/settings/watch-file.ts";
import { type Credentials, credentialFiles, credentialsOf } from "./gate-settings.ts";

export interface HotCredentials {
  current(): Credentials;
  close(): void;
}

/** Keys of an issuer with many of them, as a list. */
const MAX_FILE_BYTES = 1024 * 1024;

const read = (path: string) => readText(path, MAX_FILE_BYTES);

/** @throws LogburstError `bad_config`, `secret_unavailable` where they are no good when a coordinator starts */
export async function startCredentials(
  environment: Environment,
  { clock, node, trail }: { clock: Clock; node: string; trail: Trail },
): Promise<HotCredentials> {
  let current = credentialsOf(environment, clock);

  function changed(where: string): void {
    const about = { source: "file" as const, where, by: where };
    const id = `credentials.${node}.${Math.round(clock.nowMs())}`;
    try {
      current = credentialsOf(environment, clock);
      trail.tell({ type: "credentials_applied", ...about }, id);
    } catch (error) {
      trail.tell({ type: "credentials_refused", ...about, reason: messageOf(error) }, id);
    }
  }

  const watches = await Promise.all(
    credentialFiles(environment).map(async (file) =>
      // A file that is away for a moment, as while it is replaced, is no reason to lock everybody out.
      watchFile(file, await read(file), clock, { changed: () => changed(file), gone: () => undefined }, read),
    ),
  );
  return {
    current: () => current,
    close() {
      for (const watch of watches) watch.close();
    },
  };
}
