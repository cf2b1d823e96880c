/** Drives one live run: feeds what happens into the pure cores (state and dispatcher) and carries out what they decide. */

import type { Bucket, Bus } from "../../libs/bus/bus.ts";
import { whyNotCredible } from "../../libs/load/credible.ts";
import type { Plan } from "../../libs/load/plan.ts";
import type { BenchmarkConfig } from "../../libs/protocol/config/schema.ts";
import { DEFAULT_CLIENT_TIMEOUT_MS } from "../../libs/protocol/config/target.ts";
import type { Reason } from "../../libs/protocol/ledger.ts";
import type { Heartbeat } from "../../libs/protocol/node.ts";
import type { Result } from "../../libs/protocol/result.ts";
import { type Control, isFinal, type RunRecord, type Verdict } from "../../libs/protocol/run.ts";
import type { Clock } from "../../libs/runtime/clock.ts";
import type { Log } from "../../libs/runtime/log.ts";
import { createDispatcher } from "./dispatcher.ts";
import type { CoordinatorMetrics } from "./metrics.ts";
import type { NodeManager } from "./node-manager.ts";
import { createRunLog } from "./run-log.ts";
import { type Effect, FIRST_STATE, type RunStateEvent, transition } from "./run-state.ts";
import { createSliceQueue } from "./slice-queue.ts";

export interface DriverParts {
  readonly bus: Bus;
  readonly runs: Bucket;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodes: NodeManager;
  readonly metrics: CoordinatorMetrics;
}

export interface RunDriver {
  record(): RunRecord;
  begin(): void;
  /** Does what the time asks for: to be called often. */
  tick(): void;
  /** Repeats the run's state to the workers. */
  beacon(): void;
  /** @param seq its place in the log of results */
  addResult(result: Result, seq: number): void;
  /** JetStream gave up the slice with this sequence number. */
  addDeadSlice(seq: number, reason: Reason): void;
  nodeLost(heartbeat: Heartbeat): void;
  nodeJoined(heartbeat: Heartbeat): void;
  reported(verdict: Verdict, reasons: readonly string[]): void;
  stop(reason: string): void;
}

/** From the announcement of t0 to t0: for the word to get round and for the first slices to be pulled. */
const START_DELAY_MS = 1000;
/** A slice whose result is not there so long after all its queries must have ended will never have one. */
const OVERDUE_MS = 30_000;
const OVERDUE_CHECK_MS = 1000;
/** A count model has no end in time: without any worker for so long it is given up. */
const NO_WORKER_LIMIT_MS = 60_000;

export function createRunDriver(
  parts: DriverParts,
  first: RunRecord,
  config: BenchmarkConfig,
  plan: Plan,
): RunDriver {
  const { bus, clock, log, nodes, metrics } = parts;
  const { id } = first;
  const { muster, workers } = config.spec;
  const dispatcher = createDispatcher(plan);
  const runLog = createRunLog(parts, first);
  const queue = createSliceQueue(parts, workers.pool, runLog, dispatcher);
  const musterDeadlineMs = clock.nowMs() + muster.timeout;
  let state = FIRST_STATE;
  let lastEndedMs = 0;
  /** The place in the log of the last result that was taken in. */
  let lastSeq = 0;
  let workerSeenMs = clock.nowMs();
  let overdueCheckedMs = clock.nowMs();

  /** Milliseconds since the run's start. */
  function runMs(): number {
    const { t0_ms: t0Ms } = runLog.record();
    return t0Ms === undefined ? 0 : clock.nowMs() - t0Ms;
  }

  function handle(event: RunStateEvent): void {
    const [next, effects] = transition(state, event);
    const changed = next.phase !== state.phase;
    state = next;
    for (const effect of effects) carryOut(effect);
    if (!changed) return;
    log.info({ run_id: id, phase: state.phase }, "phase");
    runLog.save({ phase: state.phase });
    beacon();
  }

  function carryOut(effect: Effect): void {
    switch (effect.do) {
      case "publish-muster":
        runLog.emit({ type: "mustering", slots_needed: plan.slotsNeeded });
        void queue.publishMuster(plan.slotsNeeded, () => state.phase === "mustering");
        return;
      case "start":
        start(effect.held);
        return;
      case "announce-stop":
        dispatcher.stop();
        runLog.emit({ type: "stopping", reason: effect.reason, run_ms: runMs() });
        return;
      case "announce-drained":
        announceDrained();
        return;
      case "finish":
        finish(effect.verdict, effect.reasons);
        return;
      case "fail":
        fail(effect.reason);
        return;
      default:
        effect satisfies never;
    }
  }

  function start(held: number): void {
    const t0Ms = clock.nowMs() + START_DELAY_MS;
    const holders = nodes.alive(workers.pool).filter((node) => node.mustered[id] !== undefined);
    runLog.save({ t0_ms: t0Ms, slots_held: held });
    runLog.emit({
      type: "started",
      t0_ms: t0Ms,
      slots_held: held,
      nodes: holders.map((node) => node.node_id),
    });
    if (held < plan.slotsNeeded) queue.purge("muster");
    publishDue();
  }

  function publishDue(lane?: number): void {
    if (state.phase !== "running") return;
    queue.publish(dispatcher.due(runMs(), lane));
    metrics.outstanding(id, dispatcher.outstanding().length);
  }

  function advance(): void {
    if (dispatcher.isExhausted(runMs())) handle({ type: "plan-exhausted" });
    if (dispatcher.outstanding().length === 0) handle({ type: "all-settled" });
  }

  function announceDrained(): void {
    runLog.emit({
      type: "drained",
      slices_published: dispatcher.publishedPerLane(),
      stopped: state.stopped,
      run_ms: lastEndedMs || runMs(),
      through_seq: lastSeq,
    });
  }

  function settle(slice: { lane: number; window: number }, reason: Reason): void {
    log.warn(
      { run_id: id, slice_id: `${id}.${slice.lane}.${slice.window}`, reason },
      "a slice is settled as lost",
    );
    queue.settleUnrun(slice.lane, slice.window, "lost", reason);
  }

  function settleOverdue(): void {
    const isGivenUp = plan.model === "count" && clock.nowMs() - workerSeenMs > NO_WORKER_LIMIT_MS;
    if (isGivenUp) handle({ type: "stop-requested", reason: "no worker is left" });
    const overdueMs = slowestClientTimeoutMs(config) + OVERDUE_MS;
    for (const slice of dispatcher.outstanding()) {
      if (isGivenUp || runMs() > slice.endMs + overdueMs) settle(slice, "no_result");
    }
  }

  function beacon(): void {
    const { epoch } = runLog.record();
    const control: Control = {
      v: 1,
      run: id,
      epoch,
      phase: state.phase,
      stop: state.stopped,
      fence_seq: 0,
      fleet: { loop_delay_p99_ms: 0, lag_p99_ms: 0 },
    };
    bus.publish(bus.names.subjects.control(id), control);
  }

  function finish(verdict?: Verdict, reasons: readonly string[] = []): void {
    const { t0_ms: t0Ms } = runLog.record();
    runLog.save({ ended_ms: clock.nowMs(), verdict_reasons: [...reasons], ...(verdict && { verdict }) });
    runLog.emit({ type: "completed", phase: state.phase });
    if (t0Ms !== undefined) metrics.finished((clock.nowMs() - t0Ms) / 1000);
    leave();
  }

  function fail(reason: string): void {
    runLog.save({ ended_ms: clock.nowMs(), failure: reason });
    runLog.emit({ type: "failed", reason });
    log.error({ run_id: id, reason }, "the run failed");
    leave();
  }

  function leave(): void {
    metrics.outstanding(id, 0);
    queue.purge("all");
  }

  function checkMuster(nowMs: number): void {
    const slots = { held: nodes.slotsHeld(id), needed: plan.slotsNeeded };
    handle({ type: "slots-held", ...slots });
    if (nowMs <= musterDeadlineMs) return;
    const hint = nodes.problem(workers.pool) ?? "";
    handle({ type: "muster-timeout", ...slots, startAnyway: muster.on_timeout === "start", hint });
  }

  function tick(): void {
    const nowMs = clock.nowMs();
    if (isFinal(state.phase)) return;
    if (nodes.alive(workers.pool).length > 0) workerSeenMs = nowMs;
    if (state.phase === "mustering") {
      checkMuster(nowMs);
      return;
    }
    publishDue();
    advance();
    if (nowMs - overdueCheckedMs < OVERDUE_CHECK_MS) return;
    overdueCheckedMs = nowMs;
    settleOverdue();
  }

  function addResult(result: Result, seq: number): void {
    lastSeq = Math.max(lastSeq, seq);
    const why = whyNotCredible(plan, result);
    if (why) {
      metrics.refused("result", why);
      return;
    }
    if (result.kind === "ran") lastEndedMs = Math.max(lastEndedMs, result.ended_ms);
    if (!dispatcher.settle(result.lane, result.window, result.kind === "ran" ? result.next : undefined))
      return;
    publishDue(result.lane);
    advance();
  }

  function addDeadSlice(seq: number, reason: Reason): void {
    const slice = dispatcher.bySequence(seq);
    if (slice) settle(slice, reason);
  }

  function nodeLost(heartbeat: Heartbeat): void {
    const { node_id: node, held, mustered } = heartbeat;
    if (held[id] || mustered[id] !== undefined)
      runLog.emit({ type: "node_lost", node, slices: held[id] ?? [] });
  }

  function nodeJoined(heartbeat: Heartbeat): void {
    const isMine = heartbeat.pool === workers.pool && state.phase === "running";
    if (isMine) runLog.emit({ type: "node_joined", node: heartbeat.node_id });
  }

  return {
    record: runLog.record,
    begin: () => handle({ type: "begin-muster" }),
    tick,
    beacon,
    addResult,
    addDeadSlice,
    nodeLost,
    nodeJoined,
    reported: (verdict, reasons) => handle({ type: "reported", verdict, reasons }),
    stop: (reason) => handle({ type: "stop-requested", reason }),
  };
}

/** The longest that a query may be in flight before its client gives up. */
function slowestClientTimeoutMs({ spec }: BenchmarkConfig): number {
  const { target, queries } = spec;
  const timeouts = queries.map((query) => {
    const clientMs = query.client_timeout ?? target.client_timeout ?? DEFAULT_CLIENT_TIMEOUT_MS;
    const serverMs = query.timeout ?? target.timeout ?? 0;
    return Math.max(clientMs, serverMs) + (query.tail_for ?? 0);
  });
  return Math.max(...timeouts);
}
