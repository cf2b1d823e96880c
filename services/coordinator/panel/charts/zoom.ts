/** The stretch of the run that all charts show; undefined where they show all of it. */

import { signal } from "@preact/signals";

export interface Stretch {
  readonly fromS: number;
  readonly toS: number;
}

export const zoom = signal<Stretch | undefined>(undefined);

export function showAll(): void {
  zoom.value = undefined;
}

/** A stretch of the time axis: the chosen one, else all that there is, which at the beginning of a run is little. */
export function shownStretch(chosen: Stretch | undefined, firstS: number, lastS: number): [number, number] {
  if (chosen) return [chosen.fromS, chosen.toS];
  return [firstS, Math.max(lastS, firstS + LEAST_STRETCH_S)];
}

/** A beginning run is not stretched over the whole chart. */
export const LEAST_STRETCH_S = 10;
