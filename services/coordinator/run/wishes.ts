/** What is wished of a run while it is live: that it may begin or not, its end, in order or at once, or a change. */

import type { Problem } from "../../../libs/protocol/config/problems.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { type Clock, sleep } from "../../../libs/runtime/clock.ts";
import type { Changing, Wish } from "./changing.ts";
import type { RunLog } from "./log.ts";
import { notYet } from "./sight.ts";
import type { RunStateEvent } from "./state.ts";

export interface Wishes {
  /** Resolves when the wish is stored, so that no later leader forgets it. */
  stop(reason: string): Promise<void>;
  /** The same, and what is in flight is cut short. */
  kill(reason: string): Promise<void>;
  /** Lets a run begin that waits for it. Resolves when that is stored. @param by who says so */
  approve(by: string, reason: string | undefined): Promise<void>;
  /** The contrary. */
  refuse(by: string, reason: string): Promise<void>;
  /** Resolves when the change holds. @param by who asks for it */
  change(wish: Wish, by: string): Promise<void>;
  /** Says that what the run was to become was refused. Resolves when that is stored. */
  refuseSpec(by: string, problems: Problem[]): Promise<void>;
}

export interface WishParts {
  readonly clock: Clock;
  readonly runLog: RunLog;
  readonly holds: () => boolean;
  readonly mayAct: () => boolean;
  readonly isClosed: () => boolean;
  /** Whether the run has begun, and slices are published as the plan says. */
  readonly mayChange: () => boolean;
  readonly awaitsApproval: () => boolean;
  readonly handle: (event: RunStateEvent) => void;
  readonly beacon: () => void;
  readonly changing: Changing;
  /** Resolves when what was said last is stored. */
  readonly stored: () => Promise<void>;
}

const RETRY_PAUSE_MS = 250;
/** Reading a run's logs takes less, unless the bus is away. */
const PATIENCE_MS = 5000;

export function createWishes(parts: WishParts): Wishes {
  const { clock, runLog, holds, mayAct, isClosed } = parts;
  const { id } = runLog.record();

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

  async function decide(event: Extract<RunStateEvent, { type: "approved" | "refused" }>): Promise<void> {
    await untilCaughtUp();
    if (!parts.awaitsApproval()) {
      throw new LogburstError("conflict", `run ${id} does not await approval`, {
        remedies: ["ask for its state; somebody else may have decided"],
      });
    }
    parts.handle(event);
    await parts.stored();
    // What the next leader did not find stored, nobody has said.
    if (!holds()) throw notYet(id);
  }

  return {
    approve: (by, reason) => decide({ type: "approved", by, reason }),
    refuse: (by, reason) => decide({ type: "refused", by, reason }),
    refuseSpec: (by, problems) => runLog.emit({ type: "spec_refused", by, problems }),
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
