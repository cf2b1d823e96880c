/** Values of options: read from text, or refused with what to write. */

import { InvalidArgumentError } from "commander";
import type { Override } from "../../libs/protocol/config/read.ts";
import { isoTime } from "../../libs/runtime/clock.ts";

export function wholeNumber(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`write a whole number from ${least} to ${most}.`);
  };
}

export function positive(text: string): number {
  const value = Number(text);
  if (value > 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new InvalidArgumentError("write a number above 0.");
}

/** `errors=3`, one after the other. */
export function collectWeight(text: string, before: Record<string, number>): Record<string, number> {
  const at = text.lastIndexOf("=");
  if (at < 1) throw new InvalidArgumentError("write query=weight, such as errors=3.");
  return { ...before, [text.slice(0, at)]: positive(text.slice(at + 1)) };
}

/** A moment as the API takes it, from whatever a date can be written as. */
export function moment(text: string): string {
  const ms = Date.parse(text);
  if (!Number.isNaN(ms)) return isoTime(ms);
  throw new InvalidArgumentError("write a date, such as 2026-03-01 or 2026-03-01T12:30:00Z.");
}

/** A percentage as a share: 2, or 2%. */
export function share(text: string): number {
  const value = Number(text.replace(/\s*%$/, "")) / 100;
  if (value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError("write a percentage, such as 2 or 2%.");
}

export function collectOverride(text: string, before: Override[]): Override[] {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("write path=value, such as workload.duration=30s.");
  return [...before, { path: text.slice(0, at), value: text.slice(at + 1) }];
}
