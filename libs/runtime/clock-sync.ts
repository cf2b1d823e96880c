/** The reference clock, the leading coordinator's, as this process knows it: an offset and its error bound. */

import type { Bus } from "../bus/bus.ts";
import { TimeReply } from "../protocol/api.ts";
import { parseMessage } from "../protocol/door.ts";
import { type Clock, sleep } from "./clock.ts";

/** One round trip: the reference clock was read somewhere between the two local times. */
export interface ClockSample {
  readonly sentMs: number;
  readonly receivedMs: number;
  readonly referenceMs: number;
}

export interface ClockEstimate {
  /** Reference minus local. */
  readonly offsetMs: number;
  /** The offset is off by no more than this: half of the round trip that gave it. */
  readonly errorMs: number;
}

/** The estimate from the fastest round trip, which bounds the error best (Cristian's algorithm). */
export function estimateOffset(samples: readonly ClockSample[]): ClockEstimate | undefined {
  let best: ClockEstimate | undefined;
  for (const { sentMs, receivedMs, referenceMs } of samples) {
    const errorMs = (receivedMs - sentMs) / 2;
    if (!best || errorMs < best.errorMs)
      best = { offsetMs: referenceMs - (sentMs + receivedMs) / 2, errorMs };
  }
  return best;
}

const FIRST_SAMPLES = 5;
/** Samples that are kept: the estimate follows a drift within a minute. */
const KEPT_SAMPLES = 12;
const SAMPLE_INTERVAL_MS = 5000;
const RETRY_INTERVAL_MS = 500;
const REQUEST_TIMEOUT_MS = 1000;

export interface ClockSync {
  /** Epoch milliseconds on the reference clock. */
  now(): number;
  /** Reference minus local; 0 as long as nothing is known. */
  offsetMs(): number;
  estimate(): ClockEstimate | undefined;
  close(): void;
}

/**
 * Keeps measuring until closed; without an answer the last estimate stands.
 * @param onEstimate called with every new estimate
 */
export function startClockSync(bus: Bus, clock: Clock, onEstimate: () => void = () => undefined): ClockSync {
  const samples: ClockSample[] = [];
  let estimate: ClockEstimate | undefined;
  let closed = false;

  async function measure(): Promise<boolean> {
    const sentMs = clock.nowMs();
    try {
      const reply = await bus.request(bus.names.subjects.time, "", REQUEST_TIMEOUT_MS);
      const parsed = parseMessage(TimeReply, reply);
      if (!parsed.ok) return false;
      samples.push({ sentMs, receivedMs: clock.nowMs(), referenceMs: parsed.value.now_ms });
      if (samples.length > KEPT_SAMPLES) samples.shift();
      estimate = estimateOffset(samples);
      onEstimate();
      return true;
    } catch {
      return false;
    }
  }

  async function loop(): Promise<void> {
    while (!closed) {
      const answered = await measure();
      const isSettled = samples.length >= FIRST_SAMPLES;
      if (answered && !isSettled) continue;
      await sleep(clock, answered ? SAMPLE_INTERVAL_MS : RETRY_INTERVAL_MS);
    }
  }

  const offsetMs = () => estimate?.offsetMs ?? 0;

  void loop();
  return {
    now: () => clock.nowMs() + offsetMs(),
    offsetMs,
    estimate: () => estimate,
    close() {
      closed = true;
    },
  };
}
