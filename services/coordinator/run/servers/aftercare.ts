/**
 * Sees to what a run has left at its target, after the last query and before its results end: counts it, then removes it, and
 * says both in the log of results. A leader that takes over in between does both again; the first count stands.
 */

import type { Bus } from "../../../../libs/bus/bus.ts";
import { AFTERCARE_LIMITS, type AftercareEntry } from "../../../../libs/protocol/aftercare.ts";
import type { BenchmarkConfig } from "../../../../libs/protocol/config/schema.ts";
import { messageOf } from "../../../../libs/protocol/errors.ts";
import { type Clock, sleep } from "../../../../libs/runtime/clock.ts";
import type { Log } from "../../../../libs/runtime/log.ts";
import type { RunLog } from "../log.ts";
import type { LeftTarget, OpenLeft } from "./open-servers.ts";

export interface AftercareParts {
  readonly bus: Bus;
  /** This coordinator's name. */
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly config: BenchmarkConfig;
  readonly runLog: RunLog;
  /** Nothing is looked at where it is not given. */
  readonly openLeft?: OpenLeft | undefined;
  readonly mayAct: () => boolean;
}

/** A target that answers nothing must not keep a run from its end. */
const LIMIT_MS = 60_000;
/** The word must be in the log before the end is. */
const TRIES = 100;

type Found = Pick<AftercareEntry, "counted" | "cleaned">;

export function createAftercare(parts: AftercareParts): () => Promise<void> {
  const { bus, clock, log, config, runLog, mayAct } = parts;
  let words = 0;

  async function say(found: Partial<AftercareEntry>): Promise<void> {
    const { id, epoch } = runLog.record();
    const entry = {
      v: 1,
      kind: "aftercare",
      run: id,
      lane: 0,
      epoch,
      node: parts.node,
      counted: [],
      ...found,
    };
    const options = { id: `${id}.aftercare.${epoch}.${words++}`, tries: TRIES, isWanted: mayAct };
    await bus.append(bus.names.subjects.result(id, 0), entry, options);
  }

  async function see(left: readonly LeftTarget[]): Promise<void> {
    const counted: Found["counted"] = [];
    for (const { session, queries } of left) counted.push(...((await session.verify?.(queries)) ?? []));
    // What was counted is stored before it is removed.
    if (counted.length > 0) await say({ counted });
    const cleaned = { removed: 0, left: 0 };
    for (const { session } of left) {
      const { removed = 0, left: still = 0 } = (await session.cleanup?.()) ?? {};
      cleaned.removed += removed;
      cleaned.left += still;
    }
    await say({ cleaned });
  }

  return async () => {
    let left: LeftTarget[] = [];
    try {
      left = parts.openLeft?.(config, runLog.record()) ?? [];
      if (left.length === 0) return;
      const late = sleep(clock, LIMIT_MS).then(() => {
        throw new Error(`the target did not answer within ${LIMIT_MS / 1000} s`);
      });
      await Promise.race([see(left), late]);
    } catch (error) {
      const failure = messageOf(error).slice(0, AFTERCARE_LIMITS.failureChars);
      log.warn({ run_id: runLog.record().id, failure }, "what the run left could not be seen to");
      await say({ failure }).catch((cause: unknown) => runLog.complain(cause));
    } finally {
      await Promise.all(left.map(({ session }) => session.close()));
    }
  };
}
