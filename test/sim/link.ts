/** The connection of one process to the broker: it delays, stands still, swallows, breaks and is made anew. */

import { SLICE_ACK_WAIT_MS, WORKING_INTERVAL_MS } from "../../libs/bus/bus.ts";
import type { Random } from "../../libs/load/random.ts";
import type { SimProcess } from "./process.ts";
import type { Schedule } from "./schedule.ts";

/** What becomes of messages in one direction: they arrive, wait until the link is healed, or vanish. */
export type Flow = "flow" | "hold" | "drop";

export interface Weather {
  /** The usual time from one end to the other. */
  readonly latencyMs: number;
  /** One message in so many takes up to `spikeMs`; 0 for none. */
  readonly spikeOneIn: number;
  readonly spikeMs: number;
  /** One message in so many is lost, unless it is sure to arrive; it stands for links that break for a moment; 0 for none. */
  readonly loseOneIn: number;
}

/** Messages of one lane arrive in the order in which they were sent. */
export interface Lane {
  lastMs: number;
}

export interface Link {
  readonly process: SimProcess;
  isUp(): boolean;
  /** Whether what the broker says arrives. */
  isHeard(): boolean;
  /** Whether since then something was under way for so long that a worker's word of a slice may come too late by it. */
  wasSlow(sinceMs: number): boolean;
  /** To the broker. What is sure is lost only with the link. */
  toBroker(call: () => void, isSure?: boolean): void;
  toProcess(lane: Lane, call: () => void, isSure?: boolean): void;
  /** Breaks what flows, without a word to either end. */
  disturb(out: Flow, back: Flow): void;
  /** Ends a disturbance: what was held arrives; where something vanished the connection is made anew. */
  heal(): void;
  /** Both ends learn that the connection is gone; what was under way is lost. It is made anew after a pause. */
  reset(pauseMs: number): void;
  onUp(listen: () => void): void;
  onDown(listen: () => void): void;
}

/** Between the delivery of a slice and a word of it lie the way there, an interval and the way back: one of the ways took this. */
const SLOW_MS = (SLICE_ACK_WAIT_MS - WORKING_INTERVAL_MS) / 2;

export interface FarEnd {
  isUp(): boolean;
  /** Learns that the connection is gone. */
  forget(link: Link): void;
}

export function createLink(
  schedule: Schedule,
  process: SimProcess,
  weather: () => Weather,
  random: Random,
  broker: FarEnd,
): Link {
  const outLane: Lane = { lastMs: 0 };
  const upListeners: (() => void)[] = [];
  const downListeners: (() => void)[] = [];
  /** What stands still on its way, to the broker and to the process. */
  const heldOut: (() => void)[] = [];
  const heldBack: (() => void)[] = [];
  let up = true;
  let generation = 0;
  let out: Flow = "flow";
  let back: Flow = "flow";
  let slowUntilMs = Number.NEGATIVE_INFINITY;

  function travel(lane: Lane, arrive: () => void): void {
    lane.lastMs = Math.max(lane.lastMs, schedule.nowMs() + delayMs(weather(), random));
    if (lane.lastMs - schedule.nowMs() > SLOW_MS) slowUntilMs = Math.max(slowUntilMs, lane.lastMs);
    const sentIn = generation;
    schedule.at(lane.lastMs, () => {
      if (sentIn === generation) arrive();
    });
  }

  function reset(pauseMs: number): void {
    generation++;
    up = false;
    out = "flow";
    back = "flow";
    heldOut.length = 0;
    heldBack.length = 0;
    broker.forget(self);
    if (process.isAlive()) for (const listen of downListeners) process.enter(listen);
    if (pauseMs === Number.POSITIVE_INFINITY) return;
    const lost = generation;
    schedule.in(pauseMs, () => {
      if (lost !== generation || !process.isAlive() || !broker.isUp()) return;
      up = true;
      for (const listen of upListeners) process.enter(listen);
    });
  }

  const self: Link = {
    process,
    isUp: () => up,
    isHeard: () => broker.isUp() && back === "flow",
    wasSlow: (sinceMs) => slowUntilMs >= sinceMs,
    toBroker(call, isSure = false) {
      if (!up || (!isSure && isLost(weather(), random))) return;
      const arrive = () => {
        if (out === "flow") call();
        else if (out === "hold") heldOut.push(arrive);
      };
      travel(outLane, arrive);
    },
    toProcess(lane, call, isSure = false) {
      if (!up || (!isSure && isLost(weather(), random))) return;
      const arrive = () => {
        if (back === "flow") process.enter(call);
        else if (back === "hold") heldBack.push(arrive);
      };
      travel(lane, arrive);
    },
    disturb(nextOut, nextBack) {
      out = afterwards(out, nextOut);
      back = afterwards(back, nextBack);
      letGo(schedule, heldOut, out);
      letGo(schedule, heldBack, back);
    },
    heal() {
      if (out === "drop" || back === "drop") {
        reset(50 + random() * 450);
        return;
      }
      self.disturb("flow", "flow");
    },
    reset,
    onUp: (listen) => {
      upListeners.push(listen);
    },
    onDown: (listen) => {
      downListeners.push(listen);
    },
  };
  return self;
}

/** Where something has vanished, nothing comes through any more until the connection is made anew. */
function afterwards(flow: Flow, next: Flow): Flow {
  return flow === "drop" ? flow : next;
}

/** What stood still goes its way before anything that comes later, or vanishes. */
function letGo(schedule: Schedule, held: (() => void)[], flow: Flow): void {
  if (flow === "hold") return;
  // At once, or what is under way now would overtake it.
  for (const arrive of held.splice(0)) if (flow === "flow") schedule.at(schedule.nowMs(), arrive);
}

function delayMs({ latencyMs, spikeOneIn, spikeMs }: Weather, random: Random): number {
  const isSlow = spikeOneIn > 0 && random() * spikeOneIn < 1;
  return latencyMs * (0.5 + random()) + (isSlow ? random() * spikeMs : 0);
}

function isLost({ loseOneIn }: Weather, random: Random): boolean {
  return loseOneIn > 0 && random() * loseOneIn < 1;
}
