/** What one generator costs: CPU time of its process over a window, and the requests that the server counted in it. */

import { join } from "node:path";
import { z } from "zod";
import { parseObject } from "../../libs/protocol/door.ts";
import { sleep, systemClock } from "../../libs/runtime/clock.ts";
import { childFailure, startServer } from "../../services/cli/local/child.ts";
import { eventually } from "../../test/support/eventually.ts";
import { useOf } from "../support/processes.ts";
import type { Contestant } from "./contestants.ts";
import { GENERATOR_CORE } from "./cores.ts";
import type { WebServer } from "./web-server.ts";

export interface Measured {
  /** CPU milliseconds per thousand requests, which is microseconds per request. */
  readonly cpuMs: number;
  readonly requestsPerSecond: number;
  readonly rssMb: number;
}

/**
 * A generator has made so many requests, or a gigabyte of answers has come, before it is measured: until then its
 * start, and the compiler of those that have one, is a large part of what it costs.
 */
const WARM_REQUESTS = 20_000;
const WARM_BYTES = 1e9;
const WARM_LIMIT_MS = 30_000;
const Guarded = z.object({ pid: z.number() });

/** Runs a generator for a while, and for as long as the window measures it. */
export async function measure(
  { name, command }: Contestant,
  server: WebServer,
  windowMs: number,
  folder: string,
): Promise<Measured> {
  const warmRequests = Math.min(WARM_REQUESTS, WARM_BYTES / server.answerBytes);
  const before = await server.requests();
  const args = ["-c", GENERATOR_CORE, ...command];
  await using child = startServer(name, "taskset", args, join(folder, `${name}.log`));
  let pid: number | undefined;
  child.messages((message) => {
    const told = parseObject(Guarded, message);
    if (told.ok) pid = told.value.pid;
  });
  // Each question for the count is a request too.
  let asked = 0;
  const isWarm = async () => (await server.requests()) - before - ++asked >= warmRequests;
  await eventually(`requests of ${name}`, isWarm, WARM_LIMIT_MS);
  const sample = async () => ({
    requests: await server.requests(),
    atMs: systemClock.nowMs(),
    use: useOf(pid ?? 0),
  });
  const from = await sample();
  await sleep(systemClock, windowMs);
  const to = await sample();
  const requests = to.requests - from.requests - 1;
  if (!from.use || !to.use || requests <= 0) throw childFailure(child, "while it was measured");
  return {
    cpuMs: ((to.use.cpuS - from.use.cpuS) * 1e6) / requests,
    requestsPerSecond: (requests * 1000) / (to.atMs - from.atMs),
    rssMb: to.use.rssMb,
  };
}
