/** The workers and the queue of a run over time, as its log tells of them; bounded in number. */

import { z } from "zod";
import { FleetPoint } from "../protocol/fleet.ts";

/** Points that are kept: twenty minutes as they came, then every other one, and so on. A chart is no wider. */
export const MAX_FLEET_POINTS = 600;
/** No run goes on for longer: a moment beyond it is a fault. */
const LAST_S = 30 * 86_400;

export const FleetSnapshot = z.object({
  /** How many points as they come make one that is kept. */
  every: z.number(),
  /** Points as they come that are not one yet. */
  recent: z.array(FleetPoint),
  points: z.array(FleetPoint),
});
export type FleetSnapshot = z.infer<typeof FleetSnapshot>;

export interface Fleet {
  /** A moment that is not behind the last one, as another leader's clock may have it, is passed over. */
  add(point: FleetPoint): void;
  points(): FleetPoint[];
  toSnapshot(): FleetSnapshot;
}

export function createFleet(snapshot?: FleetSnapshot): Fleet {
  let every = snapshot?.every ?? 1;
  let recent = [...(snapshot?.recent ?? [])];
  let points = [...(snapshot?.points ?? [])];
  let lastS = (recent.at(-1) ?? points.at(-1))?.second ?? Number.NEGATIVE_INFINITY;

  return {
    add(point) {
      if (point.second <= lastS || point.second < 0 || point.second > LAST_S) return;
      lastS = point.second;
      recent.push(point);
      if (recent.length < every) return;
      points.push(highest(recent));
      recent = [];
      if (points.length <= MAX_FLEET_POINTS) return;
      points = halved(points);
      every *= 2;
    },
    points: () => [...points, ...recent],
    toSnapshot: () => ({ every, recent: [...recent], points: [...points] }),
  };
}

/** Points that follow each other as one: what is looked for is how far it went. */
function highest(points: readonly FleetPoint[]): FleetPoint {
  return points.reduce((a, b) => ({
    second: b.second,
    workers: Math.max(a.workers, b.workers),
    in_flight: Math.max(a.in_flight, b.in_flight),
    queued: Math.max(a.queued, b.queued),
    outstanding: Math.max(a.outstanding, b.outstanding),
  }));
}

function halved(points: readonly FleetPoint[]): FleetPoint[] {
  const pairs = Array.from({ length: Math.ceil(points.length / 2) }, (_, at) =>
    points.slice(2 * at, 2 * at + 2),
  );
  return pairs.map(highest);
}
