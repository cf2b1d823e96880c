/**
 * The closed model's second balance: planned user-seconds = driven + idle, idle by reason. A lane is a chain, so its
 * slices come one after the other, and what lies between two of them is idle.
 */

import { z } from "zod";
import type { Pause } from "../../load/changes.ts";
import type { ClosedPlan } from "../../load/plan.ts";
import { activeUserMs } from "../../load/users.ts";
import { IDLE_REASONS, type IdleReason, type UserSeconds } from "../../protocol/report.ts";
import type { RanResult, Result } from "../../protocol/result.ts";
import type { Course } from "../course.ts";

export const UserTimeSnapshot = z.object({
  drivenMs: z.number(),
  idleMs: z.record(z.enum(IDLE_REASONS), z.number()),
  accountedMs: z.array(z.number()),
  orphaned: z.array(z.number()),
});
export type UserTimeSnapshot = z.infer<typeof UserTimeSnapshot>;

/** A slice that a worker began so much after it was published waited for a free slot. */
const PROMPT_START_MS = 500;

export interface UserTime {
  /** Adds the result that settled a slice. */
  add(result: Result): void;
  /** @param stoppedMs when the run was stopped, in milliseconds of the run */
  total(stoppedMs: number | undefined): UserSeconds;
  toSnapshot(): UserTimeSnapshot;
}

/** @param course of a run of the closed model */
export function createUserTime(course: Course, snapshot?: UserTimeSnapshot): UserTime {
  const planNow = () => course.plan() as ClosedPlan;
  const idleMs: Record<IdleReason, number> = snapshot?.idleMs ?? {
    slice_turnover: 0,
    worker_died: 0,
    waiting_for_capacity: 0,
    waiting_for_dispatch: 0,
    paused: 0,
    stopped: 0,
  };
  /** Until when each lane is accounted for. */
  const accountedMs = snapshot?.accountedMs ?? new Array<number>(planNow().lanes).fill(0);
  /** Lanes whose last slice nobody ran: the gap that follows is the dead worker's. */
  const orphaned = new Set<number>(snapshot?.orphaned);
  let drivenMs = snapshot?.drivenMs ?? 0;

  const active = (lane: number, startMs: number, endMs: number) =>
    endMs <= startMs ? 0 : activeUserMs(planNow(), lane, { startMs, endMs });

  return {
    add(result) {
      const { lane } = result;
      if (result.kind === "verdict") {
        orphaned.add(lane);
        return;
      }
      const fromMs = accountedMs[lane] as number;
      const startedMs = Math.max(fromMs, result.started_ms);
      const endedMs = Math.max(startedMs, Math.min(result.ended_ms, planNow().profile.durationMs));
      const wasOrphaned = orphaned.delete(lane);
      const reason = wasOrphaned ? "worker_died" : whyIdle(result, fromMs);
      idleMs[reason] += active(lane, fromMs, startedMs);
      // Users that had their last answer wait for the slice's slowest one.
      const inSliceMs = active(lane, startedMs, endedMs);
      const drivenHereMs = Math.min(result.driven_user_ms, inSliceMs);
      drivenMs += drivenHereMs;
      idleMs.slice_turnover += inSliceMs - drivenHereMs;
      accountedMs[lane] = endedMs;
    },
    total(stoppedMs) {
      const idle = { ...idleMs };
      const { lanes, profile } = planNow();
      const { durationMs } = profile;
      for (let lane = 0; lane < lanes; lane++) {
        const untilMs = Math.max(accountedMs[lane] as number, Math.min(stoppedMs ?? durationMs, durationMs));
        const reason = orphaned.has(lane) ? "worker_died" : "slice_turnover";
        idle[reason] += active(lane, accountedMs[lane] as number, untilMs);
        idle.stopped += active(lane, untilMs, durationMs);
      }
      idle.paused += pausedUserMs(course.revised().pauses, stoppedMs);
      return inSeconds(drivenMs, idle);
    },
    toSnapshot: () => ({ drivenMs, idleMs, accountedMs, orphaned: [...orphaned] }),
  };
}

/** For how long users waited in pauses, added up: those who were at work when it began. The plan puts their work off behind it. */
export function pausedUserMs(pauses: readonly Pause[], stoppedMs = Number.POSITIVE_INFINITY): number {
  return pauses.reduce(
    (sum, { fromMs, toMs, load }) => sum + Math.round(load) * Math.max(0, Math.min(toMs, stoppedMs) - fromMs),
    0,
  );
}

/** Why a lane's users waited for a slice, from the time on that is accounted for. */
function whyIdle(
  { attempt, published_ms: publishedMs, started_ms: startedMs }: RanResult,
  fromMs: number,
): IdleReason {
  if (attempt > 1) return "worker_died";
  if (startedMs - Math.max(fromMs, publishedMs) > PROMPT_START_MS) return "waiting_for_capacity";
  return publishedMs - fromMs > PROMPT_START_MS ? "waiting_for_dispatch" : "slice_turnover";
}

/**
 * Rounds to milliseconds so that the sums still hold and nothing falls below 0: each part is what the running sum, rounded,
 * grows by.
 */
function inSeconds(drivenMs: number, idleMs: Readonly<Record<IdleReason, number>>): UserSeconds {
  const driven = Math.round(drivenMs);
  let exactMs = drivenMs;
  let planned = driven;
  const byReason = { ...idleMs };
  for (const reason of IDLE_REASONS) {
    exactMs += idleMs[reason];
    byReason[reason] = (Math.round(exactMs) - planned) / 1000;
    planned = Math.round(exactMs);
  }
  const idle = planned - driven;
  return { planned: planned / 1000, driven: driven / 1000, idle: idle / 1000, idle_by_reason: byReason };
}
