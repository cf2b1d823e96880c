/** The options of a bench: whole numbers, each with its default. */

import { parseArgs } from "node:util";

/** Reads `--name 12` for each name of the defaults; what does not fit is an error that names it. */
export function numbersFrom<T extends Record<string, number>>(args: readonly string[], defaults: T): T {
  const options = Object.fromEntries(
    Object.keys(defaults).map((name) => [name, { type: "string" as const }]),
  );
  const { values } = parseArgs({ args: [...args], options });
  const read = Object.entries(defaults).map(([name, preset]) => {
    const text = values[name];
    const value = text === undefined ? preset : Number(text);
    if (!(value >= 0)) throw new RangeError(`--${name} takes a number, and ${String(text)} is none`);
    return [name, value];
  });
  return Object.fromEntries(read) as T;
}
