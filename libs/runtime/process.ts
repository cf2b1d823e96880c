/** A service as a process: its end by signal or with its parent, and its word that it is ready. */

import { messageOf } from "../protocol/errors.ts";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";

/** What a service tells the process that started it, if there is one that listens. */
export interface ReadyMessage {
  ready: true;
  /** Where the service's HTTP listens. */
  url: string;
  node: string;
}

export function announceReady(message: ReadyMessage): void {
  process.send?.(message);
}

/** How long a service may take to stop before it is cut short. */
export const STOP_LIMIT_MS = 30_000;
/** The same when the process that started it is gone, and with it most of what the service would wait for. */
const ORPHAN_LIMIT_MS = 3000;

/**
 * Calls `stop` once on SIGTERM or SIGINT, or when the parent that started this process with a channel is gone, and then
 * exits. A second signal exits at once. What nobody caught ends the process with a log line.
 *
 * @returns leaves in the same order, for a reason of its own
 */
export function exitOnSignal(log: Log, clock: Clock, stop: () => Promise<void>): (why: string) => void {
  let stopping = false;

  async function leave(why: string, limitMs: number): Promise<void> {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ why }, "stopping");
    const cancelLimit = clock.after(limitMs, () => process.exit(1));
    try {
      await stop();
      cancelLimit();
      process.exit(0);
    } catch (error) {
      log.error({ err: error }, "could not stop in order");
      process.exit(1);
    }
  }

  process.on("SIGTERM", () => void leave("SIGTERM", STOP_LIMIT_MS));
  process.on("SIGINT", () => void leave("SIGINT", STOP_LIMIT_MS));
  whenOrphaned(() => void leave("the parent process is gone", ORPHAN_LIMIT_MS));
  process.on("unhandledRejection", (reason) => {
    log.fatal({ err: reason }, `a fault: ${messageOf(reason)}`);
    process.exit(1);
  });
  return (why) => void leave(why, STOP_LIMIT_MS);
}

/** Ends this process some seconds after the one that started it with a channel is gone, whatever it waits for by then. */
export function endWithParent(clock: Clock): void {
  whenOrphaned(() => clock.after(ORPHAN_LIMIT_MS, () => process.exit(1)));
}

/** Calls back when the process that started this one with a channel is gone, also where that was before anybody listened. */
export function whenOrphaned(call: () => void): void {
  if (process.send && !process.connected) setImmediate(call);
  else process.on("disconnect", call);
}
