/** How a threshold is told in words. Free of schemas, so that a page in a browser can say the same. */

import type { ThresholdReport } from "./threshold.ts";

type About = Pick<ThresholdReport, "expression" | "query" | "category" | "windows">;

/** What must hold, of what, and when. */
export function thresholdName({ expression, query, category, windows }: About): string {
  const scope = query ?? (category === null ? "all queries" : `category ${category}`);
  return `${expression} of ${scope}${windows ? ` in each ${windows.length_s} s` : ""}`;
}

/** What was found. */
export function thresholdFound({ unit, value, windows }: ThresholdReport): string {
  if (value === null) return "nothing was measured";
  const figure = figureText(unit, value);
  if (!windows?.worst) return figure;
  const { from_s: fromS, to_s: toS } = windows.worst;
  return `${figure} from ${fromS} s to ${toS} s, the worst of ${windows.judged} windows, of which ${windows.failed} failed`;
}

/** A value, or a limit, with its unit. */
export function figureText(unit: ThresholdReport["unit"], value: number): string {
  if (unit === "share") return `${Number((value * 100).toFixed(3))} %`;
  return value >= 10_000 ? `${Number((value / 1000).toFixed(2))} s` : `${Number(value.toFixed(2))} ms`;
}
