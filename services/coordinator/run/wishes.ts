/** What is wished of a run while it is live: its end, in order or at once, or a change. */

import { LogburstError } from "../../../libs/protocol/errors.ts";
import { type Clock, sleep } from "../../../libs/runtime/clock.ts";
import type { Changing, Wish } from "./changing.ts";
import { notYet } from "./sight.ts";
import type { RunStateEvent } from "./state.ts";

export interface Wishes {
  /** Resolves when the wish is stored, so that no later leader forgets it. */
  stop(reason: string): Promise<void>;
  /** The same, and what is in flight is cut short. */
  kill(reason: string): Promise<void>;
  /** Resolves when the change holds. @param by who asks for it */
  change(wish: Wish, by: string): Promise<void>;
}

export interface WishParts {
  readonly id: string;
  readonly clock: Clock;
  readonly holds: () => boolean;
  readonly mayAct: () => boolean;
  readonly isClosed: () => boolean;
  /** Whether the run has begun, and slices are published as the plan says. */
  readonly mayChange: () => boolean;
  readonly handle: (event: RunStateEvent) => void;
  readonly beacon: () => void;
  readonly changing: Changing;
  /** Resolves when a wish to stop is stored. */
  readonly stored: () => Promise<void>;
}

const RETRY_PAUSE_MS = 250;
/** Reading a run's logs takes less, unless the bus is away. */
const PATIENCE_MS = 5000;

export function createWishes(parts: WishParts): Wishes {
  const { id, clock, holds, mayAct, isClosed } = parts;

  /** A wish that comes while the run's logs are still read waits until it is known what there is to stop. */
  async function untilCaughtUp(): Promise<void> {
    for (let waitedMs = 0; !mayAct(); waitedMs += RETRY_PAUSE_MS) {
      if (isClosed() || !holds() || waitedMs >= PATIENCE_MS) throw notYet(id);
      await sleep(clock, RETRY_PAUSE_MS);
    }
  }

  async function end(type: "stop-requested" | "kill-requested", reason: string): Promise<void> {
    await untilCaughtUp();
    parts.handle({ type, reason });
    parts.beacon();
    await parts.stored();
  }

  return {
    stop: (reason) => end("stop-requested", reason),
    kill: (reason) => end("kill-requested", reason),
    async change(wish, by) {
      await untilCaughtUp();
      if (!parts.mayChange()) {
        throw new LogburstError("conflict", `run ${id} is not under way, so it cannot be changed`, {
          remedies: ["change a run while it runs"],
        });
      }
      await parts.changing.ask(wish, by);
    },
  };
}
