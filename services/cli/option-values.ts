/** Values of options: read from text, or refused with what to write. */

import { InvalidArgumentError } from "commander";
import type { Override } from "../../libs/protocol/config/read.ts";

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
