/** What happened to a run, as marks on its charts. Pure. */

import type { Happening } from "../run/happenings.ts";

export const MARK_KINDS = ["change", "worker", "trouble"] as const;
export type MarkKind = (typeof MARK_KINDS)[number];

export interface Mark {
  readonly second: number;
  readonly kind: MarkKind;
  /** The events' types, each once, in their order. */
  readonly types: readonly Happening["type"][];
}

/** The names of their colours in the style sheet. */
export const MARK_COLOURS: Readonly<Record<MarkKind, string>> = {
  change: "--link",
  worker: "--ok",
  trouble: "--failed",
};

/** Which events a chart shows, and as what. The others frame the run, or say nothing of its load. */
const KINDS: Readonly<Partial<Record<Happening["type"], MarkKind>>> = {
  paused: "change",
  resumed: "change",
  changed: "change",
  node_joined: "worker",
  node_lost: "trouble",
  taken_over: "trouble",
  threshold_crossed: "trouble",
  stopping: "trouble",
  killed: "trouble",
};

/** More would hide the lines; the list of events has them all. */
export const MAX_MARKS = 60;

export function marksOf(happenings: readonly Happening[]): Mark[] {
  const bySecond = new Map<number, Mark>();
  for (const { type, runMs } of happenings) {
    const kind = KINDS[type];
    if (kind === undefined || runMs === undefined || runMs < 0) continue;
    const second = Math.round(runMs / 1000);
    const there = bySecond.get(second);
    bySecond.set(second, there ? joined(there, kind, type) : { second, kind, types: [type] });
  }
  return [...bySecond.values()].sort((a, b) => a.second - b.second).slice(-MAX_MARKS);
}

function joined({ second, kind: there, types }: Mark, kind: MarkKind, type: Happening["type"]): Mark {
  const graver = MARK_KINDS.indexOf(kind) > MARK_KINDS.indexOf(there) ? kind : there;
  return { second, kind: graver, types: types.includes(type) ? types : [...types, type] };
}
