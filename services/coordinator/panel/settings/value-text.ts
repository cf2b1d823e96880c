/** Values of settings as they are read. Pure. */

import { durationText } from "../../../../libs/report/words.ts";
import { NOTHING } from "../frame/figures.ts";

/** @param key what it is called: a duration is in milliseconds */
export function valueText(value: unknown, key = ""): string {
  if (value === undefined || value === null) return NOTHING;
  if (Array.isArray(value))
    return value.length === 0 ? "[]" : value.map((each) => valueText(each)).join(", ");
  if (typeof value === "object") {
    const parts = Object.entries(value).map(([name, each]) => `${name} ${valueText(each, name)}`);
    return parts.length === 0 ? NOTHING : parts.join(", ");
  }
  return key === "duration" && typeof value === "number" ? durationText(value) : String(value);
}
