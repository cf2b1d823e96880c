/** The door of a process: bytes from outside become a message of a known type, or are refused with the reason. */

import type { z } from "zod";

export type Parsed<T> = { ok: true; value: T } | { ok: false; reason: string };

const decoder = new TextDecoder("utf-8", { fatal: true });
const REASON_CHARS = 200;

/** Parses a JSON message against its schema. Nothing that fails here goes any further. */
export function parseMessage<T>(schema: z.ZodType<T>, bytes: Uint8Array): Parsed<T> {
  return parseBytes(bytes, (json) => parseObject(schema, json));
}

/** Parses a JSON message by a check of its own. */
export function parseBytes<T>(bytes: Uint8Array, parse: (json: unknown) => Parsed<T>): Parsed<T> {
  let json: unknown;
  try {
    json = JSON.parse(decoder.decode(bytes));
  } catch {
    return { ok: false, reason: "is not JSON" };
  }
  return parse(json);
}

export function parseObject<T>(schema: z.ZodType<T>, json: unknown): Parsed<T> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return { ok: true, value: parsed.data };
  const [first] = parsed.error.issues;
  const reason = first
    ? `${first.path.map(String).join(".") || "message"}: ${first.message}`
    : "does not fit its schema";
  return { ok: false, reason: reason.slice(0, REASON_CHARS) };
}
