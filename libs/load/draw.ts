/** What differs from one query to the next: the values of its variables and its time range, drawn from the seed. */

import { RANGE_VARIABLES } from "../protocol/config/engines.ts";
import type { TimeRange, Variable } from "../protocol/config/queries.ts";
import { type Instant, parseInstant } from "../protocol/config/scalars.ts";
import { type AskedQuery, templatesOf } from "../protocol/config/sides.ts";
import { parseTemplate, type TemplatePart } from "../protocol/config/template.ts";
import { below, PURPOSE, type Random, RandomStream } from "./random.ts";

export type Scalar = string | number | boolean;

/** Which query of the run is meant; `index` counts within the lane. */
export interface Arrival {
  readonly lane: number;
  readonly index: number;
  /** How often its query has come in the lane before. */
  readonly occurrence: number;
  /** When it is due, or begins where nothing is intended; milliseconds of the run. */
  readonly atMs: number;
}

/** What the draws of a run have in common. */
export interface DrawContext {
  readonly seed: number;
  readonly lanes: number;
  /** The run's start, epoch milliseconds: relative times count from it. */
  readonly t0Ms: number;
}

export interface Draw {
  readonly values: Readonly<Record<string, Scalar>>;
  /** Epoch milliseconds. */
  readonly range: { readonly startMs: number; readonly endMs: number } | undefined;
}

const NOTHING_DRAWN: Draw = { values: {}, range: undefined };

export type Drawer = (context: DrawContext, arrival: Arrival) => Draw;

/**
 * Compiles the draws of a query. Variables are drawn in the order of their names, then the time range, from one stream
 * of random numbers that belongs to the seed, the lane and the arrival.
 */
export function drawerOf(query: AskedQuery, shared: Readonly<Record<string, Variable>>): Drawer {
  const variables = Object.entries({ ...shared, ...query.variables })
    .filter(([name]) => usesVariable(query, name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, variable]) => [name, valueDrawer(variable)] as const);
  const range = query.time_range && rangeDrawer(query.time_range);
  const givesRange = RANGE_VARIABLES.some((name) => usesVariable(query, name));
  if (variables.length === 0 && !range) return () => NOTHING_DRAWN;
  const stream = new RandomStream();
  const random = stream.next;
  return (context, arrival) => {
    stream.begin(context.seed);
    stream.addKey(PURPOSE.variables);
    stream.addKey(arrival.lane);
    stream.addKey(arrival.index);
    stream.warmUp();
    // Lanes take turns, so that all of a list is used up evenly over the run.
    const ordinal = arrival.lane + arrival.occurrence * context.lanes;
    const values: Record<string, Scalar> = {};
    for (const [name, draw] of variables) values[name] = draw(random, ordinal);
    const drawn = range?.(random, context.t0Ms, arrival.atMs);
    if (drawn && givesRange) {
      values.start_ms ??= drawn.startMs;
      values.end_ms ??= drawn.endMs;
    }
    return { values, range: drawn };
  };
}

/**
 * A template compiled to a function of the variables' values.
 * @param encode what is made of the text, piece by piece: what stands in the template is encoded once and for all
 * @param encodeValue the same of what is put into it, where that is another thing
 */
export function compileTemplate(
  template: string,
  encode: (text: string) => string = (text) => text,
  encodeValue = encode,
): (values: Readonly<Record<string, Scalar>>) => string {
  const parsed = parseTemplate(template);
  if (!parsed.ok) throw new Error(`template ${parsed.message}`);
  const parts = parsed.parts.map((part) =>
    part.kind === "text" ? encode(part.text) : variableWriter(part, encodeValue),
  );
  const [only = ""] = parts;
  if (parts.length <= 1 && typeof only === "string") return () => only;
  return (values) => {
    let text = "";
    for (const part of parts) text += typeof part === "string" ? part : part(values);
    return text;
  };
}

/** Texts of a variable that are remembered: those of a list come again and again. */
const MAX_KNOWN_TEXTS = 1000;

/** A variable as it stands in the text. */
function variableWriter(
  { name, raw }: Extract<TemplatePart, { kind: "variable" }>,
  encode: (text: string) => string,
): (values: Readonly<Record<string, Scalar>>) => string {
  const known = new Map<Scalar | undefined, string>();
  return (values) => {
    const value = values[name];
    const text = known.get(value);
    if (text !== undefined) return text;
    const made = encode(raw ? String(value) : quote(String(value)));
    if (known.size < MAX_KNOWN_TEXTS) known.set(value, made);
    return made;
  };
}

/** A LogsQL string literal; its escapes are those of JSON, all of which LogsQL reads. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

/** Whether a query, or the one that it makes a pair with, uses a variable. */
function usesVariable(query: AskedQuery, name: string): boolean {
  return [...templatesOf(query), ...(query.pair?.others ?? [])].some((text) => {
    const parsed = parseTemplate(text);
    return parsed.ok && parsed.parts.some((part) => part.kind === "variable" && part.name === name);
  });
}

/** @returns a function of the random stream and of the query's number among its like in the run */
function valueDrawer(variable: Variable): (random: Random, ordinal: number) => Scalar {
  const { list, int, hex } = variable;
  if (list) {
    const at = (position: number) => list[position] as Scalar;
    return variable.pick === "cycle"
      ? (_random, ordinal) => at(ordinal % list.length)
      : (random) => at(below(random, list.length));
  }
  if (int) return (random) => int.min + below(random, int.max - int.min + 1);
  return (random) => Array.from({ length: hex ?? 0 }, () => below(random, 16).toString(16)).join("");
}

function rangeDrawer(
  range: TimeRange,
): (random: Random, t0Ms: number, atMs: number) => NonNullable<Draw["range"]> {
  if (range.last !== undefined) {
    const { last } = range;
    return (_random, t0Ms, atMs) => ({
      startMs: Math.floor(t0Ms + atMs - last),
      endMs: Math.floor(t0Ms + atMs),
    });
  }
  const from = parseInstant(range.from ?? "") as Instant;
  const to = parseInstant(range.to ?? "") as Instant;
  const { random: lengthMs } = range;
  return (random, t0Ms) => {
    const startMs = epochMs(from, t0Ms);
    const endMs = epochMs(to, t0Ms);
    if (lengthMs === undefined) return { startMs, endMs };
    const drawnMs = startMs + below(random, endMs - startMs - lengthMs + 1);
    return { startMs: drawnMs, endMs: drawnMs + lengthMs };
  };
}

function epochMs(instant: Instant, t0Ms: number): number {
  return Math.floor(instant.kind === "absolute" ? instant.epochMs : t0Ms + instant.offsetMs);
}
