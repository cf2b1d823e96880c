/** A worker put together: its parts set going on one bus, and what happens to it from outside. */

import type { Registry } from "prom-client";
import { type Bus, SLICE_ACK_WAIT_MS, WORKING_INTERVAL_MS } from "../../libs/bus/bus.ts";
import { parseMessage } from "../../libs/protocol/door.ts";
import { messageOf } from "../../libs/protocol/errors.ts";
import type { KillState } from "../../libs/protocol/kill.ts";
import { Control } from "../../libs/protocol/run.ts";
import type { Clock } from "../../libs/runtime/clock.ts";
import { watchKillSwitch } from "../../libs/runtime/kill-switch.ts";
import type { Log } from "../../libs/runtime/log.ts";
import type { Workplace } from "./attempt/attempt.ts";
import { createFollowUps } from "./attempt/follow-ups.ts";
import { createPacer } from "./attempt/pacer.ts";
import { watchFreezes } from "./health/freeze-watch.ts";
import { heartbeatOf } from "./health/heartbeat.ts";
import { startRegistrar } from "./health/registrar.ts";
import { createParts, type Machine, type WorkerOptions, type WorkerParts } from "./parts.ts";
import { leaveEnded } from "./slices/ended.ts";
import { createExecutor } from "./slices/executor.ts";
import { createReporter } from "./slices/reporter.ts";
import type { Slots } from "./slices/slots.ts";

export interface Worker {
  readonly slots: Slots;
  readonly adjust: WorkerParts["adjust"];
  isDraining(): boolean;
  /** Stops pulling, gives back what has not begun, finishes what has. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

const HOUSEKEEPING_INTERVAL_MS = 5000;
/**
 * A server that was away for longer than slices may be silent delivers all of them again at once: every worker waits so long
 * after it is back, so that the results of slices that were run meanwhile are stored first.
 */
const RESULTS_FIRST_MS = 1000;
/** Not run for so long, the process was frozen, and its slices may have been given to others. */
const FROZEN_LIMIT_MS = SLICE_ACK_WAIT_MS - WORKING_INTERVAL_MS;

export function startWorker(
  bus: Bus,
  clock: Clock,
  log: Log,
  registry: Registry,
  options: WorkerOptions,
  machine: Machine,
): Worker {
  const parts = createParts(bus, clock, registry, options, machine);
  const { clockSync, spool, slots, vitals, places, runs, holding, metrics } = parts;
  const precision = machine.fineWait && { wait: machine.fineWait, allowedMs: () => places.dozeMs() };
  const freezes = watchFreezes(clock, FROZEN_LIMIT_MS, leaveAll);
  const place: Workplace = {
    pacer: createPacer(clock, clockSync.now, () => freezes.check(), precision),
    followUps: createFollowUps(clockSync.now, machine.fineWait?.nextTurn),
    freezes,
    now: clockSync.now,
    offsetMs: clockSync.offsetMs,
    places,
    lags: vitals.lags,
    observe: options.observe,
  };
  const executor = createExecutor({
    clock,
    log,
    place,
    ...parts,
    report: createReporter({ ...parts, node: options.node }),
    isKilled: () => killSwitch.killed() !== undefined,
    onRefused: refuse,
    onMuster: () => registrar.hurry(),
  });
  const killSwitch = watchKillSwitch(bus, clock, { set: endAll }, { stores: false, alwaysLooks: false });
  const startedMs = clock.nowMs();
  let draining = false;
  let isLinked = true;
  const beat = () => heartbeatOf(parts, { startedMs, draining, problems: executor.problems() });
  const registrar = startRegistrar(bus, clock, beat);
  const control = bus.subscribe(bus.names.subjects.allControl, hearControl);
  const puller = bus.pullSlices(options.pool, slots, executor.take, (error) => {
    log.warn({ err: messageOf(error) }, "slices could not be pulled");
  });
  bus.onStatus(hearLink);
  const cancels = [
    clock.every(WORKING_INTERVAL_MS, keepAlive),
    clock.every(HOUSEKEEPING_INTERVAL_MS, keepHouse),
  ];

  function refuse(subject: string, reason: string): void {
    log.warn({ subject, reason }, "a message was refused");
    metrics.addRefused(subject, reason);
  }

  function hearControl(data: Uint8Array, subject: string): void {
    const parsed = parseMessage(Control, data);
    if (!parsed.ok) {
      refuse(subject, parsed.reason);
      return;
    }
    if (holding.runs().has(parsed.value.run)) vitals.hearFleet(parsed.value.fleet);
    executor.control(parsed.value);
  }

  function endAll({ reason, by }: KillState): void {
    log.warn({ reason, by }, "the kill switch is set: all load ends");
    executor.kill();
  }

  /** The process was frozen: what it holds, and what is on its way to it, may be with others by now. */
  function leaveAll(): void {
    puller.restart();
    executor.abandonAll();
  }

  /** When the link is back: others must not be given what is held here, and what waits can go. */
  function hearLink(): void {
    const wasLinked = isLinked;
    isLinked = bus.isConnected();
    if (wasLinked || !isLinked) return;
    executor.keepAlive();
    void killSwitch.look();
    spool.pump();
    puller.restart(RESULTS_FIRST_MS);
    void leaveEnded(holding, runs, executor, log);
    slots.recheck();
  }

  function keepAlive(): void {
    vitals.tick();
    executor.shed();
    executor.keepAlive();
    spool.pump();
    slots.recheck();
  }

  function keepHouse(): void {
    const housekeeping = Promise.all([executor.releaseStale(), runs.closeIdle(holding.runs())]);
    housekeeping.catch((error: unknown) => log.warn({ err: messageOf(error) }, "housekeeping"));
  }

  async function drain(): Promise<void> {
    draining = true;
    slots.close();
    registrar.hurry();
    await puller.stop();
    await executor.drain();
  }

  async function close(): Promise<void> {
    for (const cancel of cancels) cancel();
    freezes.close();
    control.close();
    killSwitch.close();
    registrar.close();
    clockSync.close();
    await runs.close();
    vitals.close();
  }

  return { slots, adjust: parts.adjust, isDraining: () => draining, drain, close };
}
