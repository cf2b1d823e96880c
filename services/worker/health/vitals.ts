/** How the worker does, second by second: its use of the machine and its lateness, and the slots that follow from both. */

import type { Clock } from "../../../libs/runtime/clock.ts";
import type { Resources, Usage, UsageMeter } from "../../../libs/runtime/resources.ts";
import type { Slots } from "../slices/slots.ts";
import { type Fleet, nextSlots } from "./capacity.ts";
import { createLagMeter, type LagMeter } from "./lag-meter.ts";

export interface Vitals {
  readonly lags: LagMeter;
  /** Of the last whole second. */
  usage(): Usage;
  lagP99Ms(): number;
  /** The medians of the fleet, as the leader tells them. */
  hearFleet(fleet: Fleet): void;
  /** Measures, and sets the slots: to be called each second. */
  tick(): void;
  close(): void;
}

/** The leader tells the medians each second; older ones are no longer true. */
const FLEET_KEPT_MS = 5000;

export function createVitals(clock: Clock, slots: Slots, resources: Resources, meter: UsageMeter): Vitals {
  const lags = createLagMeter();
  const cores = Math.min(1, resources.cpuCores);
  let usage = meter.sample();
  let lagP99Ms = 0;
  let fleet: { readonly medians: Fleet; readonly heardMs: number } | undefined;

  return {
    lags,
    usage: () => usage,
    lagP99Ms: () => lagP99Ms,
    hearFleet(medians) {
      fleet = { medians, heardMs: clock.nowMs() };
    },
    tick() {
      usage = meter.sample();
      lagP99Ms = lags.take();
      const isKnown = fleet && clock.nowMs() - fleet.heardMs < FLEET_KEPT_MS;
      const counts = { full: slots.full, total: slots.total(), busy: slots.busy() };
      const sample = {
        loopDelayMs: usage.loopDelayP99Ms,
        lagMs: lagP99Ms,
        cpuShare: usage.cpuCores / cores,
        memoryShare: usage.rssMb / resources.memoryMb,
        fleet: isKnown ? fleet?.medians : undefined,
      };
      slots.resize(nextSlots(counts, sample));
    },
    close: meter.close,
  };
}
