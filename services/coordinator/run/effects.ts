/** Carries out what the run's state machine decides: words in the run's log, its record, its slices in the queue. */

import type { Course } from "../../../libs/fold/course.ts";
import { type Plan, plannedDurationMs, plannedPerQuery } from "../../../libs/load/plan.ts";
import { scheduleHash } from "../../../libs/load/schedule-hash.ts";
import type { Change } from "../../../libs/protocol/change.ts";
import type { BenchmarkConfig } from "../../../libs/protocol/config/schema.ts";
import type { Demand, RunRecord } from "../../../libs/protocol/run.ts";
import type { Clock } from "../../../libs/runtime/clock.ts";
import type { Log } from "../../../libs/runtime/log.ts";
import { changedDemand } from "../../../libs/targets/demand.ts";
import type { CoordinatorMetrics } from "../metrics.ts";
import type { NodeManager } from "../nodes/node-manager.ts";
import { createApprovalEffects } from "./approving.ts";
import type { Dispatcher } from "./dispatch/dispatcher.ts";
import type { SliceQueue } from "./dispatch/slice-queue.ts";
import type { Past } from "./history/past.ts";
import type { Settlements } from "./history/settlements.ts";
import type { RunLog } from "./log.ts";
import { type Effect, isUnderWay, type RunState } from "./state.ts";

export interface EffectParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: CoordinatorMetrics;
  readonly nodes: NodeManager;
  readonly pool: string;
  readonly config: BenchmarkConfig;
  /** As the run was accepted. */
  readonly plan: Plan;
  readonly course: Course;
  readonly dispatcher: Dispatcher;
  readonly settlements: Settlements;
  readonly runLog: RunLog;
  readonly queue: SliceQueue;
  readonly past: Past;
  readonly state: () => RunState;
  readonly mayAct: () => boolean;
  /** Milliseconds since the run's start. */
  readonly runMs: () => number;
  readonly onStarted: () => void;
  /** Sees to what the run has left at its target. */
  readonly aftercare: () => Promise<void>;
  /** It is stored that the run may begin. */
  readonly onApproved: () => void;
}

export interface RunEffects {
  carryOut(effect: Effect): Promise<void>;
  /** The run was started by a leader before, who may not have come to say so. */
  resume(isAnnounced: boolean): void;
  /** The start is stored: slices may be published. */
  isStarted(): boolean;
  /** The last that is stored of a run: whoever sees it over finds everything else there. */
  end(change: Partial<RunRecord>): Promise<void>;
  /** Resolves when what was said last is stored: a wish to stop, an approval. */
  told(): Promise<void>;
  /** Stores what was changed so far in the run's record. */
  saveChanges(): void;
  /** Says what was changed. */
  tellChange(change: Change): void;
  /** Over, and all about it is stored. */
  isDone(): boolean;
}

/** From the announcement of t0 to t0: for the word to get round and for the first slices to be pulled. */
const START_DELAY_MS = 1000;

export function createRunEffects(parts: EffectParts): RunEffects {
  const { clock, log, metrics, nodes, pool, plan, course, dispatcher, settlements, runLog, queue } = parts;
  const { id } = runLog.record();
  /** What was said of the run that its end must not overtake. */
  let telling: Promise<unknown> = Promise.resolve();
  let isStarted = false;
  let isDone = false;

  function carryOut(effect: Effect): Promise<void> {
    switch (effect.do) {
      case "publish-muster":
        return muster();
      case "await-approval":
      case "tell-approved":
      case "refuse":
        return approval(effect);
      case "start":
        return start(effect.held);
      case "announce-stop":
        dispatcher.stop();
        return remember(
          runLog.emit({ type: "stopping", reason: effect.reason, run_ms: parts.runMs(), ...ending() }),
        );
      case "announce-kill":
        return remember(runLog.emit({ type: "killed", reason: effect.reason, run_ms: parts.runMs() }));
      case "end-results":
        return endResults();
      case "announce-drained":
        return announceDrained();
      case "finish":
        return finish(effect);
      case "fail":
        return fail(effect.reason);
      default:
        return effect satisfies never;
    }
  }

  const approval = createApprovalEffects(parts, remember, fail);

  function ending(): { aborted?: true } {
    return parts.state().aborted ? { aborted: true } : {};
  }

  async function muster(): Promise<void> {
    void runLog.emit({ type: "mustering", slots_needed: plan.slotsNeeded });
    await queue.publishMuster(plan.slotsNeeded, () => parts.state().phase === "mustering" && parts.mayAct());
  }

  /** A start that is not stored could be announced a second time, at another time, by the next leader. */
  async function start(held: number): Promise<void> {
    await runLog.save({ phase: "running", t0_ms: clock.nowMs() + START_DELAY_MS, slots_held: held });
    if (held < plan.slotsNeeded) queue.purge("muster");
    isStarted = true;
    parts.onStarted();
    await announceStart();
  }

  /** Says when the run starts, and on which workers. */
  async function announceStart(): Promise<void> {
    const { t0_ms: t0Ms = 0, slots_held: held = 0 } = runLog.record();
    const there = nodes.alive(pool).map((node) => node.node_id);
    await runLog.emit({ type: "started", t0_ms: t0Ms, slots_held: held, nodes: there });
  }

  function remember(said: Promise<void>): Promise<void> {
    telling = Promise.all([telling, said]);
    return said;
  }

  /** Whoever finds the end finds everything before it, a wish to stop as well. */
  async function endResults(): Promise<void> {
    await telling;
    await parts.aftercare();
    await runLog.endResults();
  }

  async function announceDrained(): Promise<void> {
    dispatcher.stop();
    await runLog.emit({
      type: "drained",
      slices_published: dispatcher.publishedPerLane(),
      stopped: parts.state().stopped,
      ...ending(),
      run_ms: settlements.lastEndedMs() || parts.runMs(),
    });
  }

  async function finish({ verdict, reasons = [] }: Extract<Effect, { do: "finish" }>): Promise<void> {
    const { phase } = parts.state();
    if (runLog.record().t0_ms !== undefined) metrics.finished(parts.runMs() / 1000);
    await telling;
    await runLog.emit({ type: "completed", phase });
    await end({ phase, verdict_reasons: [...reasons], ...(verdict && { verdict }) });
  }

  async function fail(reason: string): Promise<void> {
    log.error({ run_id: id, reason }, "the run failed");
    await runLog.emit({ type: "failed", reason });
    await end({ phase: "failed", failure: reason });
  }

  async function end(change: Partial<RunRecord>): Promise<void> {
    metrics.outstanding(id, 0);
    queue.purge("all");
    await runLog.save({ ended_ms: clock.nowMs(), ...change });
    isDone = true;
  }

  return {
    carryOut,
    resume(isAnnounced) {
      isStarted = true;
      if (!isAnnounced) void announceStart();
    },
    isStarted: () => isStarted,
    end,
    async told() {
      await telling;
    },
    saveChanges() {
      const { plan: now, changes } = course.revised();
      const { phase } = parts.state();
      const { demand } = runLog.record();
      const durationMs = plannedDurationMs(now);
      const planned = plannedPerQuery(now)?.reduce((sum, count) => sum + count, 0);
      void runLog.save({
        ...(isUnderWay(phase) && { phase }),
        changes: [...changes],
        schedule_hash: scheduleHash(parts.config, now, changes),
        ...(demand && { demand: demandNow(demand, changes) }),
        ...(durationMs !== undefined && { duration_ms: durationMs }),
        ...(planned !== undefined && { planned }),
      });
    },
    tellChange(change) {
      const type = change.kind === "change" ? "changed" : change.kind === "pause" ? "paused" : "resumed";
      void remember(runLog.emit({ type, change }));
    },
    isDone: () => isDone,
  };
}

/** What the run asks for since its last change of load. */
function demandNow(demand: Demand, changes: readonly Change[]): Demand {
  const last = changes.findLast((change) => change.kind === "change" && change.load !== undefined);
  const load = last?.kind === "change" ? last.load : undefined;
  return changedDemand(demand, demand.rate > 0 ? { rate: load } : { users: load });
}
