/** A run's slices on their way into the queue and out of it: published, settled where nobody will report, purged. */

import type { Bus } from "../../../libs/bus/bus.ts";
import { resultId, sliceId } from "../../../libs/protocol/ids.ts";
import type { Reason } from "../../../libs/protocol/ledger.ts";
import type { Result } from "../../../libs/protocol/result.ts";
import { MUSTER_LANE, type Slice } from "../../../libs/protocol/slice.ts";
import type { Clock } from "../../../libs/runtime/clock.ts";
import type { CoordinatorMetrics } from "../metrics.ts";
import type { Dispatcher, Draft } from "./dispatcher.ts";
import type { RunLog } from "./log.ts";

export interface SliceQueue {
  /** Publishes one muster slice per slot, as long as `isWanted` says so. */
  publishMuster(slots: number, isWanted: () => boolean): Promise<void>;
  /** Publishes drafts of the dispatcher, and tells it what became of each. */
  publish(drafts: readonly Draft[]): void;
  /** Puts a slice into the queue anew, whose worker is gone: it need not wait until that one's time for it is over. */
  renew(draft: Draft, seq: number): Promise<void>;
  /** Settles a slice that nobody will report on, by a result of the coordinator's own. Resolves when it is stored, or cannot be. */
  settleUnrun(lane: number, window: number, state: "lost" | "cancelled", reason: Reason): Promise<void>;
  /** Removes muster slices that nobody holds, or everything that is left of the run. */
  purge(what: "muster" | "all"): void;
}

const APPEND_TRIES = 20;

export interface SliceQueueParts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly metrics: CoordinatorMetrics;
  /** Whether this process leads now; one that does not publishes nothing. */
  readonly holds: () => boolean;
}

export function createSliceQueue(
  parts: SliceQueueParts,
  pool: string,
  log: RunLog,
  dispatcher: Dispatcher,
): SliceQueue {
  const { bus, clock, metrics, holds } = parts;
  const { subjects } = bus.names;

  /** What every slice of the run carries. */
  function common() {
    const { id: run, epoch, revision } = log.record();
    return { v: 1 as const, run, epoch, revision, published_ms: clock.nowMs() };
  }

  async function publishOne(draft: Draft, renewed?: number): Promise<void> {
    const { id, t0_ms: t0Ms = 0 } = log.record();
    const slice = sliceOf(draft, common(), t0Ms);
    const subject = subjects.slice(pool, id, draft.lane, draft.window);
    try {
      const name = sliceId(id, draft.lane, draft.window);
      const messageId = renewed === undefined ? name : `${name}.after.${renewed}`;
      const options = { id: messageId, tries: APPEND_TRIES, isWanted: holds };
      const appended = await bus.append(subject, slice, options);
      if (appended.kind === "full") {
        dispatcher.notStored(draft);
        return;
      }
      const seq = appended.kind === "stored" ? appended.seq : await bus.sliceSeq(subject);
      if (seq !== undefined) dispatcher.stored(draft, seq);
      metrics.published();
    } catch (error) {
      log.complain(error);
      dispatcher.notStored(draft);
    }
  }

  return {
    async publishMuster(slots, isWanted) {
      const { id } = log.record();
      for (let index = 0; index < slots && isWanted(); index++) {
        const slice: Slice = { ...common(), kind: "muster", index };
        const options = { id: `${id}.${MUSTER_LANE}.${index}`, tries: APPEND_TRIES, isWanted };
        await bus.append(subjects.slice(pool, id, MUSTER_LANE, index), slice, options).catch(log.complain);
      }
    },
    publish(drafts) {
      for (const draft of drafts) void publishOne(draft);
    },
    async renew(draft, seq) {
      if (await bus.deleteSlice(seq).catch(() => false)) await publishOne(draft, seq);
    },
    async settleUnrun(lane, window, state, reason) {
      const { id, epoch } = log.record();
      const result: Result = {
        v: 1,
        kind: "verdict",
        run: id,
        lane,
        window,
        attempt: 0,
        epoch,
        node: "coordinator",
        state,
        reason,
      };
      // A deposed leader's verdict does not count, and must not stand in the way of this one.
      const options = {
        id: `${resultId(id, lane, window, 0)}.${epoch}`,
        tries: APPEND_TRIES,
        isWanted: holds,
      };
      await bus.append(subjects.result(id, lane), result, options).catch(log.complain);
    },
    purge(what) {
      const lane = what === "muster" ? MUSTER_LANE : undefined;
      bus.purgeSlices(pool, log.record().id, lane).catch(log.complain);
    },
  };
}

function sliceOf(
  draft: Draft,
  common: Omit<Slice & { kind: "muster" }, "kind" | "index">,
  t0Ms: number,
): Slice {
  const { kind, lane, window, first } = draft;
  const base = { ...common, lane, window, first, t0_ms: t0Ms };
  if (kind === "count") return { ...base, kind, count: draft.count };
  const timed = { ...base, start_ms: draft.startMs, end_ms: draft.endMs };
  return kind === "open" ? { ...timed, kind, count: draft.count } : { ...timed, kind };
}
