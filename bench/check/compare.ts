/** What has become worse in a bench: its last entry against those before it, of the same machine and the same settings. */

import { z } from "zod";
import { type Spread, spreadOf } from "../support/medians.ts";

/** An entry of a history: what it measured stands as spreads, whatever else is in it says under which settings. */
export type HistoryEntry = Readonly<Record<string, unknown>>;

export interface Compared {
  readonly settings: string;
  readonly figure: string;
  readonly last: number;
  /** The median of the entries before. */
  readonly before: number;
  readonly entries: number;
  /** How much worse the last one is, as a share of what was before; below zero where it is better. */
  readonly worse: number;
}

/** A change by more than this share is no noise of a machine. */
export const WORST_CHANGE = 0.25;

const SpreadEntry = z.object({ median: z.number(), least: z.number(), most: z.number() });
/** What differs from entry to entry and makes no other bench of it. */
const NOT_SETTINGS = ["date", "commit", "rounds"];
/** Figures of which more is better; of all others less is. */
const RATES = /_per_s$/;

/** Compares each figure of the last entry of its kind; those without an entry before are left out. */
export function compare(entries: readonly HistoryEntry[]): Compared[] {
  const kinds = new Map<string, ReadonlyMap<string, Spread>[]>();
  for (const entry of entries) {
    const figures = new Map<string, Spread>();
    const settings = JSON.stringify(split(entry, "", figures));
    kinds.set(settings, [...(kinds.get(settings) ?? []), figures]);
  }
  return [...kinds].flatMap(([settings, history]) => {
    const before = history.slice(0, -1);
    const last = [...(history.at(-1) ?? [])];
    return last.flatMap(([figure, { median }]) => compareFigure(settings, figure, median, before) ?? []);
  });
}

function compareFigure(
  settings: string,
  figure: string,
  last: number,
  history: readonly ReadonlyMap<string, Spread>[],
): Compared | undefined {
  const medians = history.flatMap((figures) => figures.get(figure)?.median ?? []);
  if (medians.length === 0) return undefined;
  const before = spreadOf(medians).median;
  if (before === 0) return undefined;
  const change = (last - before) / before;
  return {
    settings,
    figure,
    last,
    before,
    entries: medians.length,
    worse: RATES.test(figure) ? -change : change,
  };
}

/** Takes the figures out of an entry. @returns what is left: its settings */
function split(entry: HistoryEntry, path: string, figures: Map<string, Spread>): object {
  const settings: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(entry)) {
    const spread = SpreadEntry.safeParse(value);
    if (spread.success) figures.set(path + key, spread.data);
    else if (typeof value === "object" && value !== null)
      split(value as HistoryEntry, `${path}${key}.`, figures);
    else if (!NOT_SETTINGS.includes(key)) settings[key] = value;
  }
  return settings;
}
