/** A run's slices on their way into the queue and out of it: published, settled where nobody will report, purged. */

import type { Bus } from "../../../../libs/bus/bus.ts";
import { FIRST_REVISION } from "../../../../libs/protocol/change.ts";
import { parseMessage } from "../../../../libs/protocol/door.ts";
import { resultId, sliceId } from "../../../../libs/protocol/ids.ts";
import type { Reason } from "../../../../libs/protocol/ledger.ts";
import type { Result } from "../../../../libs/protocol/result.ts";
import { MUSTER_LANE, Slice } from "../../../../libs/protocol/slice.ts";
import { type Clock, sleep } from "../../../../libs/runtime/clock.ts";
import type { CoordinatorMetrics } from "../../metrics.ts";
import type { RunLog } from "../log.ts";
import type { Dispatcher, Outdated } from "./dispatcher.ts";
import type { Draft } from "./drafts.ts";
import type { SlicePlace } from "./outstanding.ts";

export interface SliceQueue {
  /** Publishes one muster slice per slot, as long as `isWanted` says so. */
  publishMuster(slots: number, isWanted: () => boolean): Promise<void>;
  /** Publishes drafts of the dispatcher, and tells it what became of each. */
  publish(drafts: readonly Draft[]): void;
  /** Whether drafts are waiting that will keep the queue busy for a while: what else is due may wait where it is. */
  isBusy(): boolean;
  /** Learns the places of slices that a leader before put into the queue. */
  locateAll(slices: readonly SlicePlace[]): void;
  /** Puts a slice into the queue anew, whose worker is gone: it need not wait until that one's time for it is over. */
  renew(draft: Draft, seq: number): Promise<void>;
  /** Takes slices out of the queue that are planned otherwise by now, those that begin first before the others, and publishes what is. */
  replace(outdated: readonly Outdated[]): void;
  /** Settles a slice that nobody will report on, by a result of the coordinator's own. Resolves when it is stored, or cannot be. */
  settleUnrun(slice: SlicePlace, state: "lost" | "cancelled", reason: Reason): Promise<void>;
  /** Removes muster slices that nobody holds, or everything that is left of the run. */
  purge(what: "muster" | "all"): void;
}

const APPEND_TRIES = 20;
/** Some seconds: a bus that does not answer for longer costs the lease. */
const LOCATE_TRIES = 20;
const LOCATE_PAUSE_MS = 250;
/** Slices on their way into the queue at once: about a millisecond's work, and 5,000 a second over a bus that is 6 ms away. */
const UNDER_WAY = 32;
/** Drafts that may wait before the queue is busy: a leader's tick, twenty in a second, finds as many taken at the most. */
const BUSY_DRAFTS = 1000;
/** Drafts that were taken leave the list so many together: a long list is not moved up for each. */
const LEAVE_TOGETHER = 1024;
/** Slices that are asked after in one go. */
const AT_ONCE = 100;

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
  /** Drafts to publish; so many of the first have been taken. */
  const waiting: Draft[] = [];
  let taken = 0;
  let underWay = 0;

  function head(): Head {
    const { id: run, epoch } = log.record();
    return { run, epoch, published_ms: clock.nowMs() };
  }

  async function publishOne(draft: Draft, renewed?: number): Promise<void> {
    const { id, t0_ms: t0Ms = 0 } = log.record();
    const slice = sliceOf(draft, head(), t0Ms);
    const subject = subjects.slice(pool, id, draft.lane, draft.window);
    try {
      const name = nameOf(id, draft);
      const messageId = renewed === undefined ? name : `${name}.after.${renewed}`;
      const options = { id: messageId, tries: APPEND_TRIES, isWanted: holds };
      const appended = await bus.append(subject, slice, options);
      if (appended.kind === "full") {
        dispatcher.notStored(draft);
        return;
      }
      metrics.published();
      if (appended.kind !== "stored" || appended.duplicate) {
        void locateAll([draft]);
        return;
      }
      const outdated = dispatcher.stored(draft, appended.seq);
      if (outdated) await replaceOne(outdated);
    } catch (error) {
      log.complain(error);
      dispatcher.notStored(draft);
    }
  }

  /** What else this process does goes on in between: a leader must renew its lease, and repeat what it says. */
  function publish(drafts: readonly Draft[]): void {
    for (const draft of drafts) waiting.push(draft);
    while (underWay < UNDER_WAY && taken < waiting.length) void publishInTurn();
  }

  async function publishInTurn(): Promise<void> {
    underWay++;
    for (let draft = takeNext(); draft; draft = takeNext()) await publishOne(draft);
    underWay--;
  }

  function takeNext(): Draft | undefined {
    if (taken === waiting.length || taken === LEAVE_TOGETHER) {
      waiting.splice(0, taken);
      taken = 0;
    }
    return waiting.length > 0 ? waiting[taken++] : undefined;
  }

  /** Learns the place of a slice that was put into the queue before. One that has left it is settled, or nobody can run it. */
  async function locate({ lane, window }: SlicePlace): Promise<void> {
    const found = await bus.sliceOn(subjects.slice(pool, log.record().id, lane, window));
    if (found) {
      const slice = parseMessage(Slice, found.data);
      const revision = slice.ok ? slice.value.revision : undefined;
      const outdated = dispatcher.stored({ lane, window, ...(revision && { revision }) }, found.seq);
      if (outdated) void replaceOne(outdated);
    }
    // A result that is on its way was stored before the slice left the queue, and so stands before this.
    else if (dispatcher.isOutstanding(lane, window)) await settleUnrun({ lane, window }, "lost", "poisoned");
  }

  /** Without the old one's end the new one has no place; so this is tried until nobody leads here any more. */
  async function replaceOne({ seq, draft }: Outdated): Promise<void> {
    while (holds()) {
      try {
        await bus.deleteSlice(seq);
        if (draft) await publishOne(draft);
        return;
      } catch (error) {
        log.complain(error);
        await sleep(clock, LOCATE_PAUSE_MS);
      }
    }
  }

  async function replace(outdated: readonly Outdated[]): Promise<void> {
    const inOrder = [...outdated].sort((a, b) => a.window - b.window);
    for (let at = 0; at < inOrder.length; at += AT_ONCE) {
      if (at > 0) await sleep(clock, 0);
      await Promise.all(inOrder.slice(at, at + AT_ONCE).map(replaceOne));
    }
  }

  async function locatePatiently(slice: SlicePlace): Promise<void> {
    for (let attempt = 1; holds(); attempt++) {
      try {
        await locate(slice);
        return;
      } catch (error) {
        if (attempt >= LOCATE_TRIES) throw error;
        await sleep(clock, LOCATE_PAUSE_MS);
      }
    }
  }

  async function locateAll(slices: readonly SlicePlace[]): Promise<void> {
    for (let at = 0; at < slices.length; at += AT_ONCE)
      await Promise.all(slices.slice(at, at + AT_ONCE).map(locatePatiently)).catch(log.complain);
  }

  async function settleUnrun(
    { lane, window }: SlicePlace,
    state: "lost" | "cancelled",
    reason: Reason,
  ): Promise<void> {
    const { id: run, epoch } = log.record();
    const slice = { run, lane, window, revision: dispatcher.revisionOf(lane, window) };
    const word = { attempt: 0, epoch, node: "coordinator", state, reason };
    const result: Result = { v: 1, kind: "verdict", ...slice, ...word };
    // A deposed leader's verdict does not count, and must not stand in the way of this one.
    const options = {
      id: `${resultId(run, lane, window, 0)}.${epoch}.${slice.revision}`,
      tries: APPEND_TRIES,
      isWanted: holds,
    };
    await bus.append(subjects.result(run, lane), result, options).catch(log.complain);
  }

  return {
    async publishMuster(slots, isWanted) {
      const { id } = log.record();
      for (let index = 0; index < slots && isWanted(); index++) {
        const slice: Slice = { v: 1, ...head(), revision: FIRST_REVISION, kind: "muster", index };
        const options = { id: `${id}.${MUSTER_LANE}.${index}`, tries: APPEND_TRIES, isWanted };
        await bus.append(subjects.slice(pool, id, MUSTER_LANE, index), slice, options).catch(log.complain);
      }
    },
    publish,
    isBusy: () => waiting.length - taken >= BUSY_DRAFTS,
    locateAll: (slices) => void locateAll(slices),
    async renew(draft, seq) {
      if (await bus.deleteSlice(seq).catch(() => false)) await publishOne(draft, seq);
    },
    replace: (outdated) => void replace(outdated),
    settleUnrun,
    purge(what) {
      const lane = what === "muster" ? MUSTER_LANE : undefined;
      bus.purgeSlices(pool, log.record().id, lane).catch(log.complain);
    },
  };
}

/** What every slice of a run carries. */
interface Head {
  readonly run: string;
  readonly epoch: number;
  readonly published_ms: number;
}

/** Written out for each kind: an object that is spread into another costs a shape of its own, a kilobyte of it, each time. */
function sliceOf(draft: Draft, { run, epoch, published_ms }: Head, t0_ms: number): Slice {
  const { lane, window, revision, first } = draft;
  if (draft.kind === "count") {
    const { kind, count } = draft;
    return { v: 1, kind, run, epoch, revision, published_ms, lane, window, t0_ms, first, count };
  }
  const { startMs: start_ms, endMs: end_ms } = draft;
  if (draft.kind === "closed") {
    const { kind } = draft;
    return { v: 1, kind, run, epoch, revision, published_ms, lane, window, t0_ms, first, start_ms, end_ms };
  }
  const { kind, count } = draft;
  return {
    v: 1,
    kind,
    run,
    epoch,
    revision,
    published_ms,
    lane,
    window,
    t0_ms,
    first,
    start_ms,
    end_ms,
    count,
  };
}

/** A message's id: open slices are others under another revision of the run, and may have been in the queue before. */
function nameOf(run: string, { kind, lane, window, revision }: Draft): string {
  const name = sliceId(run, lane, window);
  return kind === "open" && revision > FIRST_REVISION ? `${name}.r${revision}` : name;
}
