/** Why queries were not sent, or are not known to have been: by query, state and reason, with slices and nodes. */

import { z } from "zod";
import { REASONS, type Reason } from "../../protocol/ledger.ts";

export const UNSENT_STATES = ["missed", "lost", "cancelled"] as const;
export type UnsentState = (typeof UNSENT_STATES)[number];

const KeptReason = z.object({
  query: z.number(),
  state: z.enum(UNSENT_STATES),
  reason: z.enum(REASONS),
  count: z.number(),
  /** The first of its slices, as lane.window, and how many there are. */
  slices: z.array(z.string()),
  slicesInAll: z.number(),
  /** Who reported it. */
  nodes: z.array(z.string()),
});
export type KeptReason = z.infer<typeof KeptReason>;

export const ReasonsSnapshot = z.array(KeptReason);
export type ReasonsSnapshot = z.infer<typeof ReasonsSnapshot>;

/** Slices and nodes that are kept of one reason: more than are shown, to find the dead workers that had them. */
const KEPT_SLICES = 200;
const KEPT_NODES = 20;

export interface Reasons {
  /** @param slice as lane.window; the calls for one slice follow one another */
  add(query: number, state: UnsentState, reason: Reason, count: number, slice: string, node?: string): void;
  all(): readonly KeptReason[];
  toSnapshot(): ReasonsSnapshot;
}

export function createReasons(snapshot: ReasonsSnapshot = []): Reasons {
  const kept = new Map<string, KeptReason>(snapshot.map((entry) => [keyOf(entry), entry]));
  /** The slice that was told of last: one may name a reason more than once. */
  const lastOf = new Map<string, string>();
  return {
    add(query, state, reason, count, slice, node) {
      if (count === 0) return;
      const key = keyOf({ query, state, reason });
      let entry = kept.get(key);
      if (!entry) {
        entry = { query, state, reason, count: 0, slices: [], slicesInAll: 0, nodes: [] };
        kept.set(key, entry);
      }
      entry.count += count;
      if (lastOf.get(key) !== slice) {
        lastOf.set(key, slice);
        entry.slicesInAll++;
        if (entry.slices.length < KEPT_SLICES) entry.slices.push(slice);
      }
      if (node === undefined || entry.nodes.includes(node) || entry.nodes.length >= KEPT_NODES) return;
      entry.nodes.push(node);
    },
    all: () => [...kept.values()],
    toSnapshot: () => [...kept.values()],
  };
}

function keyOf({ query, state, reason }: Pick<KeptReason, "query" | "state" | "reason">): string {
  return `${query} ${state} ${reason}`;
}
