/** Time ranges of requests that were, as ranges of requests to come: what ended when it was asked slides, all else keeps its distance. */

import type { TimeRange } from "../../../libs/protocol/config/queries.ts";
import { epochMs } from "./formats.ts";

/** As a config writes them. */
export type RangeText = { readonly [key in "last" | "from" | "to"]?: string };

export type Moved =
  | { readonly kind: "range"; readonly range: RangeText }
  /** It asked of all there is. */
  | { readonly kind: "none" }
  | { readonly kind: "unreadable" };

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** The longest that a config's `last` may be. */
const MAX_LAST_MS = 30 * DAY_MS;
/** Whoever asks for the last hour says so some time before it is logged. */
const NOW_MS = MINUTE_MS;
const NOW_SHARE = 0.05;

/** @param atMs when it was asked; where that is not known, its end is taken for now */
export function movedRange(start: string | null, end: string | null, atMs: number | undefined): Moved {
  if (start === null) return { kind: "none" };
  const startMs = instantMs(start, atMs ?? 0);
  const endMs = end === null ? atMs : instantMs(end, atMs ?? 0);
  const nowMs = atMs ?? endMs;
  if (startMs === undefined || nowMs === undefined || (end !== null && endMs === undefined))
    return { kind: "unreadable" };
  const lengthMs = Math.min(endMs ?? nowMs, nowMs) - startMs;
  if (lengthMs <= 0) return { kind: "unreadable" };
  const ageMs = Math.max(0, nowMs - (endMs ?? nowMs));
  if (ageMs <= Math.max(NOW_MS, lengthMs * NOW_SHARE)) {
    const text = durationText(rounded(lengthMs, unitOf(lengthMs)));
    return lengthMs <= MAX_LAST_MS ? range({ last: text }) : range({ from: `-${text}`, to: "now" });
  }
  const toMs = rounded(ageMs, ageMs < HOUR_MS ? MINUTE_MS : ageMs < DAY_MS ? 10 * MINUTE_MS : HOUR_MS);
  const fromMs = toMs + rounded(lengthMs, unitOf(lengthMs));
  return range({ from: `-${durationText(fromMs)}`, to: `-${durationText(toMs)}` });
}

function range(text: RangeText & Partial<Record<keyof TimeRange, string>>): Moved {
  return { kind: "range", range: text };
}

/** A time as VictoriaLogs takes it: a number, RFC 3339 or the beginning of it, `now`, or so long before now. */
function instantMs(text: string, nowMs: number): number | undefined {
  const ago = /^(?:now)?-?((?:\d+(?:\.\d+)?(?:ms|[smhdw]))+)$/.exec(text)?.[1];
  if (ago !== undefined) return nowMs - durationMs(ago);
  if (text === "now") return nowMs;
  if (/^-?\d+(\.\d+)?$/.test(text) && text.length > 4) return epochMs(Number(text));
  const whole = /^(\d{4})(-\d\d)?(-\d\d)?(T\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?)?(Z|[+-]\d\d:\d\d)?$/.exec(
    text,
  );
  if (!whole) return undefined;
  const [, year, month = "-01", day = "-01", clock = "T00", zone = "Z"] = whole;
  const ms = Date.parse(
    `${year}${month}${day}${`${clock}:00:00`.slice(0, Math.max(9, clock.length))}${zone}`,
  );
  return Number.isNaN(ms) ? undefined : ms;
}

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
};

function durationMs(text: string): number {
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)].reduce(
    (sum, [, amount, unit = ""]) => sum + Number(amount) * (UNITS_MS[unit] ?? 0),
    0,
  );
}

/** What differs by less is the same question, asked a little later. */
function unitOf(lengthMs: number): number {
  if (lengthMs < 10 * MINUTE_MS) return SECOND_MS;
  return lengthMs < DAY_MS ? MINUTE_MS : HOUR_MS;
}

function rounded(ms: number, unitMs: number): number {
  return Math.max(1, Math.round(ms / unitMs)) * unitMs;
}

/** In the largest unit that leaves nothing over. */
function durationText(ms: number): string {
  for (const unit of ["d", "h", "m", "s"]) {
    const unitMs = UNITS_MS[unit] as number;
    if (ms % unitMs === 0) return `${ms / unitMs}${unit}`;
  }
  return `${Math.round(ms)}ms`;
}
