/** A VictoriaLogs of our own, on a free port of this machine. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../../libs/runtime/clock.ts";
import { type Child, startServer } from "./child.ts";
import { freePort } from "./free-port.ts";
import { untilHealthy } from "./healthy.ts";

export interface VictoriaLogs extends AsyncDisposable {
  readonly url: string;
  readonly child: Child;
}

const READY_LIMIT_MS = 15_000;

/** @param folder where it keeps its data and its log; kept when it stops */
export async function startVictoriaLogs(
  program: string,
  folder: string,
  clock: Clock,
  more: readonly string[] = [],
): Promise<VictoriaLogs> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const args = [
    `-storageDataPath=${join(folder, "data")}`,
    `-httpListenAddr=127.0.0.1:${port}`,
    "-retentionPeriod=30d",
    ...more,
  ];
  const child = startServer("victoria-logs", program, args, join(folder, "victoria-logs.log"));
  const url = `http://127.0.0.1:${port}`;
  await untilHealthy(child, url, clock, READY_LIMIT_MS);
  return { url, child, [Symbol.asyncDispose]: child.stop };
}
