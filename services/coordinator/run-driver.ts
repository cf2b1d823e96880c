/** Drives one live run: feeds what happens into the pure cores (state and dispatcher) and carries out what they decide. */

import type { Bucket } from "../../libs/bus/buckets.ts";
import type { Bus } from "../../libs/bus/connect.ts";
import { publish } from "../../libs/bus/core.ts";
import { append } from "../../libs/bus/log.ts";
import { purgeSlices } from "../../libs/bus/provision.ts";
import { whyNotCredible } from "../../libs/load/credible.ts";
import type { Plan } from "../../libs/load/plan.ts";
import type { BenchmarkConfig } from "../../libs/protocol/config/schema.ts";
import { messageOf } from "../../libs/protocol/errors.ts";
import { resultId, sliceId } from "../../libs/protocol/ids.ts";
import type { Reason } from "../../libs/protocol/ledger.ts";
import type { Heartbeat } from "../../libs/protocol/node.ts";
import type { Result } from "../../libs/protocol/result.ts";
import {
  type Control,
  isFinal,
  type RunEvent,
  type RunRecord,
  runKey,
  type Verdict,
} from "../../libs/protocol/run.ts";
import { MUSTER_LANE, type Slice } from "../../libs/protocol/slice.ts";
import type { Clock } from "../../libs/runtime/clock.ts";
import type { Log } from "../../libs/runtime/log.ts";
import { createDispatcher, type Draft } from "./dispatcher.ts";
import type { CoordinatorMetrics } from "./metrics.ts";
import type { NodeManager } from "./node-manager.ts";
import { type Effect, FIRST_STATE, type RunStateEvent, transition } from "./run-state.ts";

export interface DriverParts {
  readonly bus: Bus;
  readonly runs: Bucket;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodes: NodeManager;
  readonly metrics: CoordinatorMetrics;
}

export interface RunDriver {
  readonly record: () => RunRecord;
  begin(): void;
  /** Does what the time asks for: to be called often. */
  tick(): void;
  /** Repeats the run's state to the workers. */
  beacon(): void;
  addResult(result: Result): void;
  /** JetStream gave up the slice with this sequence number. */
  addDeadSlice(seq: number, reason: Reason): void;
  nodeLost(heartbeat: Heartbeat): void;
  nodeJoined(heartbeat: Heartbeat): void;
  reported(verdict: Verdict, reasons: readonly string[]): void;
  stop(reason: string): void;
  outstanding(): number;
}

/** From the announcement of t0 to t0: for the word to get round and for the first slices to be pulled. */
const START_DELAY_MS = 1000;
/** A slice whose result is not there so long after all its queries must have ended will never have one. */
const OVERDUE_MS = 30_000;
/** A count model has no end in time: without any worker for so long it is given up. */
const NO_WORKER_LIMIT_MS = 60_000;
const APPEND_TRIES = 20;

export function createRunDriver(
  parts: DriverParts,
  first: RunRecord,
  config: BenchmarkConfig,
  plan: Plan,
): RunDriver {
  const { bus, clock, log, nodes, metrics } = parts;
  const { id } = first;
  const { pool } = config.spec.workers;
  const dispatcher = createDispatcher(plan);
  const musterDeadlineMs = clock.nowMs() + config.spec.muster.timeout;
  const slowestQueryMs = slowestClientTimeoutMs(config);
  let record = first;
  let state = FIRST_STATE;
  let lastEndedMs = 0;
  let workerSeenMs = clock.nowMs();
  let saving: Promise<void> = Promise.resolve();

  const runMs = () => (record.t0_ms === undefined ? 0 : clock.nowMs() - record.t0_ms);

  function handle(event: RunStateEvent): void {
    const [next, effects] = transition(state, event);
    const changed = next.phase !== state.phase;
    state = next;
    for (const effect of effects) carryOut(effect);
    if (changed) {
      log.info({ run_id: id, phase: state.phase }, "phase");
      save({ phase: state.phase });
      beacon();
    }
  }

  function carryOut(effect: Effect): void {
    switch (effect.do) {
      case "publish-muster":
        void publishMuster();
        return;
      case "start":
        start(effect.held);
        return;
      case "announce-stop":
        dispatcher.stop();
        emit({ type: "stopping", reason: effect.reason, run_ms: runMs() });
        return;
      case "announce-drained":
        emit({
          type: "drained",
          slices_published: dispatcher.publishedPerLane(),
          stopped: state.stopped,
          run_ms: lastEndedMs || runMs(),
        });
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

  /** Fields of an event that differ from type to type. */
  type EventBody = RunEvent extends infer E
    ? E extends RunEvent
      ? Omit<E, "v" | "run" | "at_ms" | "epoch">
      : never
    : never;

  function emit(body: EventBody): void {
    const event = { v: 1, run: id, at_ms: clock.nowMs(), epoch: record.epoch, ...body };
    const eventId = `${id}.${body.type}.${"node" in body ? `${body.node}.${Math.round(event.at_ms)}` : record.epoch}`;
    append(bus, bus.names.subjects.event(id, body.type), event, { id: eventId, tries: APPEND_TRIES }).catch(
      complain,
    );
  }

  function save(change: Partial<RunRecord>): void {
    record = { ...record, ...change };
    const value = record;
    saving = saving.then(() => parts.runs.put(runKey(id), value)).then(() => undefined, complain);
  }

  function complain(error: unknown): void {
    log.error({ run_id: id, err: messageOf(error) }, "the bus did not take a message");
  }

  async function publishMuster(): Promise<void> {
    emit({ type: "mustering", slots_needed: plan.slotsNeeded });
    for (let index = 0; index < plan.slotsNeeded && state.phase === "mustering"; index++) {
      const slice: Slice = {
        v: 1,
        kind: "muster",
        run: id,
        epoch: record.epoch,
        revision: record.revision,
        published_ms: clock.nowMs(),
        index,
      };
      const subject = bus.names.subjects.slice(pool, id, MUSTER_LANE, index);
      await append(bus, subject, slice, { id: `${id}.${MUSTER_LANE}.${index}`, tries: APPEND_TRIES }).catch(
        complain,
      );
    }
  }

  function start(held: number): void {
    const t0Ms = clock.nowMs() + START_DELAY_MS;
    const workers = nodes.alive(pool).filter((node) => node.mustered[id] !== undefined);
    save({ t0_ms: t0Ms, slots_held: held });
    emit({ type: "started", t0_ms: t0Ms, slots_held: held, nodes: workers.map((node) => node.node_id) });
    if (held < plan.slotsNeeded) purgeSlices(bus, pool, id, MUSTER_LANE).catch(complain);
    publishDue();
  }

  function publishDue(lane?: number): void {
    if (state.phase !== "running") return;
    for (const draft of dispatcher.due(runMs(), lane)) void publishSlice(draft);
    metrics.outstanding(id, dispatcher.outstanding().length);
  }

  async function publishSlice(draft: Draft): Promise<void> {
    const { startMs, endMs, ...rest } = { startMs: 0, endMs: 0, ...draft };
    const slice = {
      v: 1,
      ...rest,
      ...(draft.kind !== "count" && { start_ms: startMs, end_ms: endMs }),
      run: id,
      epoch: record.epoch,
      revision: record.revision,
      t0_ms: record.t0_ms,
      published_ms: clock.nowMs(),
    } as Slice;
    const subject = bus.names.subjects.slice(pool, id, draft.lane, draft.window);
    try {
      const appended = await append(bus, subject, slice, {
        id: sliceId(id, draft.lane, draft.window),
        tries: APPEND_TRIES,
      });
      if (appended.kind === "full") {
        dispatcher.notStored(draft);
        return;
      }
      dispatcher.stored(draft, appended.seq);
      metrics.published();
    } catch (error) {
      complain(error);
      dispatcher.notStored(draft);
    }
  }

  /** Settles a slice that nobody will report on, by a result of the coordinator's own. */
  function settleUnrun(lane: number, window: number, verdict: "lost" | "cancelled", reason: Reason): void {
    const result: Result = {
      v: 1,
      kind: "verdict",
      run: id,
      lane,
      window,
      attempt: 0,
      epoch: record.epoch,
      node: "coordinator",
      state: verdict,
      reason,
    };
    log.warn({ run_id: id, slice_id: sliceId(id, lane, window), reason }, `a slice is settled as ${verdict}`);
    append(bus, bus.names.subjects.result(id, lane), result, {
      id: resultId(id, lane, window, 0),
      tries: APPEND_TRIES,
    }).catch(complain);
  }

  function settleOverdue(): void {
    const isGivenUp = plan.model === "count" && clock.nowMs() - workerSeenMs > NO_WORKER_LIMIT_MS;
    if (isGivenUp) handle({ type: "stop-requested", reason: "no worker is left" });
    for (const { lane, window, endMs } of dispatcher.outstanding()) {
      if (isGivenUp || runMs() > endMs + slowestQueryMs + OVERDUE_MS)
        settleUnrun(lane, window, "lost", "no_result");
    }
  }

  function advance(): void {
    if (dispatcher.isExhausted(runMs())) handle({ type: "plan-exhausted" });
    if (dispatcher.outstanding().length === 0) handle({ type: "all-settled" });
  }

  function beacon(): void {
    const control: Control = { v: 1, run: id, epoch: record.epoch, phase: state.phase, stop: state.stopped };
    publish(bus, bus.names.subjects.control(id), control);
  }

  function finish(verdict?: Verdict, reasons: readonly string[] = []): void {
    save({ ended_ms: clock.nowMs(), verdict_reasons: [...reasons], ...(verdict && { verdict }) });
    emit({ type: "completed", phase: state.phase });
    if (record.t0_ms !== undefined) metrics.finished((clock.nowMs() - record.t0_ms) / 1000);
    tidyUp();
  }

  function fail(reason: string): void {
    save({ ended_ms: clock.nowMs(), failure: reason });
    emit({ type: "failed", reason });
    log.error({ run_id: id, reason }, "the run failed");
    tidyUp();
  }

  function tidyUp(): void {
    metrics.outstanding(id, 0);
    purgeSlices(bus, pool, id).catch(complain);
  }

  let overdueCheckedMs = clock.nowMs();
  return {
    record: () => record,
    begin() {
      handle({ type: "begin-muster" });
    },
    tick() {
      const nowMs = clock.nowMs();
      if (isFinal(state.phase)) return;
      if (nodes.alive(pool).length > 0) workerSeenMs = nowMs;
      if (state.phase === "mustering") {
        const muster = { held: nodes.slotsHeld(id), needed: plan.slotsNeeded };
        handle({ type: "slots-held", ...muster });
        if (nowMs > musterDeadlineMs) {
          const startAnyway = config.spec.muster.on_timeout === "start";
          handle({ type: "muster-timeout", ...muster, startAnyway, hint: nodes.problem(pool) ?? "" });
        }
        return;
      }
      publishDue();
      advance();
      if (nowMs - overdueCheckedMs > OVERDUE_CHECK_MS) {
        overdueCheckedMs = nowMs;
        settleOverdue();
      }
    },
    beacon,
    addResult(result) {
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
    },
    addDeadSlice(seq, reason) {
      const slice = dispatcher.bySequence(seq);
      if (slice) settleUnrun(slice.lane, slice.window, "lost", reason);
    },
    nodeLost(heartbeat) {
      const isMine = heartbeat.runs.includes(id) || heartbeat.mustered[id] !== undefined;
      if (isMine) emit({ type: "node_lost", node: heartbeat.node_id });
    },
    nodeJoined(heartbeat) {
      if (heartbeat.pool === pool && state.phase === "running")
        emit({ type: "node_joined", node: heartbeat.node_id });
    },
    reported: (verdict, reasons) => handle({ type: "reported", verdict, reasons }),
    stop: (reason) => handle({ type: "stop-requested", reason }),
    outstanding: () => dispatcher.outstanding().length,
  };
}

const OVERDUE_CHECK_MS = 1000;

/** The longest that a query may be in flight before its client gives up. */
function slowestClientTimeoutMs({ spec }: BenchmarkConfig): number {
  const { target, queries } = spec;
  return Math.max(
    ...queries.map((query) => {
      const serverMs = query.timeout ?? target.timeout ?? 0;
      return (
        Math.max(query.client_timeout ?? target.client_timeout ?? 30_000, serverMs) + (query.tail_for ?? 0)
      );
    }),
  );
}
