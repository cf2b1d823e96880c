/** Starts the target that costs next to nothing, as a process of its own. */

import { fileURLToPath } from "node:url";
import { z } from "zod";
import { parseObject } from "../../libs/protocol/door.ts";
import { startProgram } from "../../services/cli/local/child.ts";
import { eventually } from "../../test/support/eventually.ts";
import { temporaryFolder } from "../../test/support/folders.ts";

export interface CheapTarget extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** How many queries it got. */
  count(): Promise<number>;
}

const Ready = z.object({ port: z.number() });
const Count = z.object({ queries: z.number(), refused: z.number() });

/** How its answers come: at once, after a time, and with one stall, so long after the first query. */
export interface Manner {
  readonly delayMs?: number;
  readonly stallAfterMs?: number;
  readonly stallMs?: number;
}

export async function startCheapTarget({
  delayMs = 0,
  stallAfterMs = 0,
  stallMs = 0,
}: Manner = {}): Promise<CheapTarget> {
  const folder = temporaryFolder();
  const file = fileURLToPath(new URL("./target-process.js", import.meta.url));
  const child = startProgram(
    "target",
    file,
    [delayMs, stallAfterMs, stallMs].map(String),
    {},
    `${folder.path}/target.log`,
  );
  let port: number | undefined;
  child.messages((message) => {
    const ready = parseObject(Ready, message);
    if (ready.ok) port = ready.value.port;
  });
  const url = `http://127.0.0.1:${await eventually("the target's port", () => port)}`;
  return {
    url,
    pid: child.pid,
    async count() {
      const { queries, refused } = Count.parse(await (await fetch(`${url}/count`)).json());
      if (refused > 0) throw new Error(`the target refused ${refused} connections`);
      return queries;
    },
    async [Symbol.asyncDispose]() {
      await child.stop();
      folder[Symbol.dispose]();
    },
  };
}
