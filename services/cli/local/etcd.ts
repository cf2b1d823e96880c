/** An etcd of our own, one member on free ports of this machine. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../../libs/runtime/clock.ts";
import { type Child, startServer } from "./child.ts";
import { freePort } from "./free-port.ts";
import { untilHealthy } from "./healthy.ts";

export interface Etcd extends AsyncDisposable {
  readonly url: string;
  readonly child: Child;
}

const READY_LIMIT_MS = 30_000;

/** @param folder where it keeps its data and its log; kept when it stops */
export async function startEtcd(program: string, folder: string, clock: Clock): Promise<Etcd> {
  mkdirSync(folder, { recursive: true });
  const url = `http://127.0.0.1:${await freePort()}`;
  const peerUrl = `http://127.0.0.1:${await freePort()}`;
  const args = [
    ...["--name", "logburst", "--data-dir", join(folder, "data")],
    ...["--listen-client-urls", url, "--advertise-client-urls", url],
    ...["--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl],
    ...["--initial-cluster", `logburst=${peerUrl}`, "--log-level", "error"],
  ];
  const child = startServer("etcd", program, args, join(folder, "etcd.log"));
  await untilHealthy(child, url, clock, READY_LIMIT_MS);
  return { url, child, [Symbol.asyncDispose]: child.stop };
}
