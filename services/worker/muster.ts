/** Muster slices that this worker holds: each keeps a slot for a run that is about to begin. */

import type { SliceDelivery } from "../../libs/bus/bus.ts";

export interface Muster {
  hold(run: string, delivery: SliceDelivery): void;
  /** Lets a run's muster slices go. @returns the deliveries, now to be acknowledged */
  release(run: string): SliceDelivery[];
  runs(): string[];
  deliveries(): SliceDelivery[];
  counts(): Record<string, number>;
}

export function createMuster(onChange: () => void): Muster {
  const held = new Map<string, SliceDelivery[]>();
  return {
    hold(run, delivery) {
      const deliveries = held.get(run) ?? [];
      deliveries.push(delivery);
      held.set(run, deliveries);
      onChange();
    },
    release(run) {
      const deliveries = held.get(run) ?? [];
      if (held.delete(run)) onChange();
      return deliveries;
    },
    runs: () => [...held.keys()],
    deliveries: () => [...held.values()].flat(),
    counts: () => Object.fromEntries([...held].map(([run, deliveries]) => [run, deliveries.length])),
  };
}
