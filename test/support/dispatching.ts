/** A dispatcher driven by hand through the time of a run, and all kinds of trouble. */

import assert from "node:assert/strict";
import type { Plan } from "../../libs/load/plan.ts";
import { below, randomFor } from "../../libs/load/random.ts";
import { createDispatcher } from "../../services/coordinator/run/dispatch/dispatcher.ts";
import type { Draft } from "../../services/coordinator/run/dispatch/drafts.ts";

/** How a run goes: what the queue refuses, how long after its end a slice is settled, and when the run is stopped. */
export interface Course {
  readonly seed: number;
  /** One publish in so many is refused; 0 for none. */
  readonly refuseOneIn: number;
  readonly slowestSettleMs: number;
  readonly stopAtMs: number;
  /** When another leader takes the run over, knowing only what is settled and what is in the queue. */
  readonly handOverAtMs: number;
}

export interface Published {
  readonly draft: Draft;
  readonly atMs: number;
}

export const STEP_MS = 100;
/** Runs begin a second after they were announced. */
export const BEGIN_MS = -1000;
export const NEVER = Number.POSITIVE_INFINITY;
export const SMOOTH: Course = {
  seed: 1,
  refuseOneIn: 0,
  slowestSettleMs: 0,
  stopAtMs: NEVER,
  handOverAtMs: NEVER,
};

export const nameOf = ({ lane, window }: { lane: number; window: number }) => `${lane}.${window}`;

/** Drives a run to its end, and checks at every step what must always hold. @returns what was stored, in order, and the most that was out at once */
export function drive(plan: Plan, course: Course): { published: Published[]; most: number } {
  let dispatcher = createDispatcher(plan);
  const settled: { draft: Draft; next: number }[] = [];
  let isHandedOver = false;
  const random = randomFor(course.seed, 4);
  const published: Published[] = [];
  const inQueue = new Map<string, { draft: Draft; doneMs: number }>();
  let seq = 0;
  let most = 0;

  function publish(drafts: readonly Draft[], atMs: number): void {
    for (const draft of drafts) {
      if (course.refuseOneIn > 0 && below(random, course.refuseOneIn) === 0) {
        dispatcher.notStored(draft);
        continue;
      }
      seq++;
      dispatcher.stored(draft, seq);
      assert.deepEqual(dispatcher.bySequence(seq), { lane: draft.lane, window: draft.window });
      published.push({ draft, atMs });
      const runsUntilMs = draft.kind === "count" ? atMs + below(random, 300) : Math.max(atMs, draft.endMs);
      inQueue.set(nameOf(draft), { draft, doneMs: runsUntilMs + below(random, course.slowestSettleMs + 1) });
    }
  }

  function handOver(): void {
    isHandedOver = true;
    dispatcher = createDispatcher(plan);
    for (const { draft, next } of settled) {
      dispatcher.learnSettled(draft.lane, draft.window, next);
      dispatcher.learnSettled(draft.lane, draft.window, next);
    }
    for (const { draft } of inQueue.values()) dispatcher.learnQueued(draft.lane, draft.window);
    // A result that came while the queue was asked: its slice is both.
    for (const { draft } of settled.slice(-2)) dispatcher.learnQueued(draft.lane, draft.window);
  }

  for (let runMs = BEGIN_MS; runMs < 300_000; runMs += STEP_MS) {
    if (runMs >= course.handOverAtMs && !isHandedOver) handOver();
    if (runMs >= course.stopAtMs) dispatcher.stop();
    for (const [name, { draft, doneMs }] of [...inQueue]) {
      if (doneMs > runMs) continue;
      inQueue.delete(name);
      const next = draft.kind === "closed" ? draft.first + 7 : draft.first + draft.count;
      assert.equal(dispatcher.settle(draft.lane, draft.window, next), true);
      assert.equal(dispatcher.settle(draft.lane, draft.window, next), false, "a slice is settled once");
      settled.push({ draft, next });
      publish(dispatcher.due(runMs, draft.lane), runMs);
    }
    publish(dispatcher.due(runMs), runMs);
    assert.deepEqual(dispatcher.outstanding().map(nameOf).sort(), [...inQueue.keys()].sort());
    most = Math.max(most, inQueue.size);
    if (dispatcher.isExhausted(runMs) && inQueue.size === 0) {
      assert.deepEqual(dispatcher.due(runMs + STEP_MS), [], "what is exhausted stays so");
      const perLane = Array.from({ length: plan.lanes }, (_, lane) => {
        return published.filter(({ draft }) => draft.lane === lane).length;
      });
      assert.deepEqual(dispatcher.publishedPerLane(), perLane);
      return { published, most };
    }
  }
  assert.fail("the run has no end");
}
