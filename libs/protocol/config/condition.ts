/** The words of a threshold: what is measured, how it is compared, and with what. `p(99) < 500ms`, `error_rate < 1%`. */

/** Shares of queries. */
const SHARES = ["error_rate", "missed_rate", "achieved/offered"] as const;
export type Share = (typeof SHARES)[number];

export const OPERATORS = ["<", "<=", ">", ">="] as const;
export type Operator = (typeof OPERATORS)[number];

/** What a condition measures. Latencies, of the ok queries, count from the intended start where the plan has one. */
export type Measure =
  | { readonly of: "percentile"; readonly percent: number }
  | { readonly of: "avg" | "max" }
  | { readonly of: Share };

export interface Condition {
  readonly measure: Measure;
  readonly operator: Operator;
  /** Milliseconds of a latency, or a share from 0 to 1. */
  readonly limit: number;
}

export type ParsedCondition =
  | { readonly ok: true; readonly condition: Condition }
  | { readonly ok: false; readonly message: string; readonly remedy: string };

const MEASURES_REMEDY = `write one of p(99), avg, max, ${SHARES.join(", ")}`;
const EXAMPLE = "write it as in p(99) < 500ms or error_rate < 1%";
const UNITS_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

/** A part of the text that is read, and where the next one begins. */
interface Word {
  readonly text: string;
  readonly at: number;
}

/** Reads a condition. A failure says at which character it is, counted from 1. */
export function parseCondition(text: string): ParsedCondition {
  const [, lead = "", left = "", operatorText = "", gap = "", right = ""] =
    /^(\s*)([^<>=!]*)([<>=!]*)(\s*)(.*)$/s.exec(text) ?? [];
  const operatorAt = lead.length + left.length;
  const limitAt = operatorAt + operatorText.length + gap.length;
  const measure = readMeasure({ text: left.trimEnd(), at: lead.length });
  if (!measure.ok) return measure;
  const operator = readOperator({ text: operatorText, at: operatorAt });
  if (!operator.ok) return operator;
  const limit = readLimit({ text: right.trimEnd(), at: limitAt }, measure.value);
  if (!limit.ok) return limit;
  return { ok: true, condition: { measure: measure.value, operator: operator.value, limit: limit.value } };
}

type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly remedy: string };

function bad(what: string, at: number, remedy: string): Extract<Read<never>, { ok: false }> {
  return { ok: false, message: `${what} (character ${at + 1})`, remedy };
}

function readMeasure({ text, at }: Word): Read<Measure> {
  if (text === "") return bad("names nothing to measure", at, MEASURES_REMEDY);
  const percentile = /^p\s*\(\s*(\d+(?:\.\d+)?)\s*\)$/.exec(text);
  if (percentile) {
    const percent = Number(percentile[1]);
    if (percent > 0 && percent < 100) return { ok: true, value: { of: "percentile", percent } };
    return bad(`has a percentile of ${percentile[1]}`, at, "write more than 0 and less than 100; or max");
  }
  if (text === "avg" || text === "max" || isShare(text)) return { ok: true, value: { of: text } };
  const meant = /^p\s*\(?\s*(\d+(?:\.\d+)?)/.exec(text);
  return bad(
    `measures "${text}", which is not known`,
    at,
    meant ? `write p(${meant[1]})` : (synonym(text) ?? MEASURES_REMEDY),
  );
}

/** Names of other tools. */
function synonym(text: string): string | undefined {
  if (/^(mean|average)$/.test(text)) return "write avg";
  if (/^(med|median)$/.test(text)) return "write p(50)";
  if (/err|fail/.test(text)) return "write error_rate";
  return undefined;
}

function isShare(text: string): text is Share {
  return (SHARES as readonly string[]).includes(text);
}

/** Whether a measure is a latency. */
export function isLatency(measure: Measure): boolean {
  return !isShare(measure.of);
}

/** Whether a measure is a share of what was offered: only where a rate is. */
export function isOfOffered({ of }: Measure): boolean {
  return of === "missed_rate" || of === "achieved/offered";
}

function readOperator({ text, at }: Word): Read<Operator> {
  if (text === "") return bad("compares nothing", at, EXAMPLE);
  if ((OPERATORS as readonly string[]).includes(text)) return { ok: true, value: text as Operator };
  return bad(`compares by ${text}`, at, `write one of ${OPERATORS.join(" ")}`);
}

function readLimit({ text, at }: Word, measure: Measure): Read<number> {
  if (text === "") return bad("names no limit", at, EXAMPLE);
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]+|%)?$/.exec(text) ?? [];
  if (digits === undefined) return bad(`has the limit "${text}", which is no figure`, at, EXAMPLE);
  const value = Number(digits);
  return isLatency(measure) ? readDuration(value, unit, digits, at) : readShare(value, unit, digits, at);
}

function readDuration(value: number, unit: string, digits: string, at: number): Read<number> {
  const unitMs = UNITS_MS[unit];
  if (unitMs !== undefined) return { ok: true, value: value * unitMs };
  const what = unit === "" ? "has no unit" : `has the unit "${unit}"`;
  return bad(what, at, `write ${digits}ms or ${digits}s`);
}

function readShare(value: number, unit: string, digits: string, at: number): Read<number> {
  if (unit !== "" && unit !== "%") return bad(`has the unit "${unit}"`, at, `write ${digits}%`);
  const share = unit === "%" ? value / 100 : value;
  if (share <= 1) return { ok: true, value: share };
  return bad(`has a limit of ${digits}${unit}`, at, "write a share from 0% to 100%, or from 0 to 1");
}

/** A condition as it is shown: one way to write each. */
export function conditionText({ measure, operator, limit }: Condition): string {
  return `${measureText(measure)} ${operator} ${limitText(measure, limit)}`;
}

export function measureText(measure: Measure): string {
  return measure.of === "percentile" ? `p(${measure.percent})` : measure.of;
}

function limitText(measure: Measure, limit: number): string {
  if (!isLatency(measure)) return `${tidy(limit * 100)}%`;
  return limit >= 1000 ? `${tidy(limit / 1000)}s` : `${tidy(limit)}ms`;
}

/** A number without what binary fractions add to it. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}
