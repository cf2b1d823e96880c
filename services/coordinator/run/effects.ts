/** Carries out what the run's state machine decides: words in the run's log, its record, its slices in the queue. */

import type { Plan } from "../../../libs/load/plan.ts";
import type { RunRecord } from "../../../libs/protocol/run.ts";
import type { Clock } from "../../../libs/runtime/clock.ts";
import type { Log } from "../../../libs/runtime/log.ts";
import type { CoordinatorMetrics } from "../metrics.ts";
import type { NodeManager } from "../nodes/node-manager.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { RunLog } from "./log.ts";
import type { Settlements } from "./settlements.ts";
import type { SliceQueue } from "./slice-queue.ts";
import type { Effect, RunState } from "./state.ts";

export interface EffectParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: CoordinatorMetrics;
  readonly nodes: NodeManager;
  readonly pool: string;
  readonly plan: Plan;
  readonly dispatcher: Dispatcher;
  readonly settlements: Settlements;
  readonly runLog: RunLog;
  readonly queue: SliceQueue;
  readonly state: () => RunState;
  readonly mayAct: () => boolean;
  /** Milliseconds since the run's start. */
  readonly runMs: () => number;
  readonly onStarted: () => void;
}

export interface RunEffects {
  carryOut(effect: Effect): Promise<void>;
  /** The run was started by a leader before, who may not have come to say so. */
  resume(isAnnounced: boolean): void;
  /** The start is stored: slices may be published. */
  isStarted(): boolean;
  /** The last that is stored of a run: whoever sees it over finds everything else there. */
  end(change: Partial<RunRecord>): Promise<void>;
  /** Resolves when a wish to stop is stored. */
  stopStored(): Promise<void>;
  /** Over, and all about it is stored. */
  isDone(): boolean;
}

/** From the announcement of t0 to t0: for the word to get round and for the first slices to be pulled. */
const START_DELAY_MS = 1000;

export function createRunEffects(parts: EffectParts): RunEffects {
  const { clock, log, metrics, nodes, pool, plan, dispatcher, settlements, runLog, queue } = parts;
  const { id } = runLog.record();
  let stopping: Promise<void> = Promise.resolve();
  let isStarted = false;
  let isDone = false;

  function carryOut(effect: Effect): Promise<void> {
    switch (effect.do) {
      case "publish-muster":
        return muster();
      case "start":
        return start(effect.held);
      case "announce-stop":
        dispatcher.stop();
        stopping = runLog.emit({
          type: "stopping",
          reason: effect.reason,
          run_ms: parts.runMs(),
          ...ending(),
        });
        return stopping;
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

  /** Whoever finds the end finds everything before it, a wish to stop as well. */
  async function endResults(): Promise<void> {
    await stopping;
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
    await stopping;
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
    stopStored: () => stopping,
    isDone: () => isDone,
  };
}
