/** Waits until a server that was started here says that it is well. */

import { request } from "undici";
import { type Clock, sleep } from "../../../libs/runtime/clock.ts";
import { type Child, childFailure } from "./child.ts";

const POLL_MS = 30;

/** @throws LogburstError when it ends before, or takes longer than the limit; then it is stopped */
export async function untilHealthy(child: Child, url: string, clock: Clock, limitMs: number): Promise<void> {
  const untilMs = clock.nowMs() + limitMs;
  while (!(await isHealthy(url))) {
    if (!child.isAlive() || clock.nowMs() > untilMs) {
      await child.stop();
      throw childFailure(child, "it did not become healthy");
    }
    await sleep(clock, POLL_MS);
  }
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(`${url}/health`);
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  }
}
