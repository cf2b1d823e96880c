/** Scalars of the config language that have a syntax of their own: durations, instants, secrets. */

import { z } from "zod";

/** A package's name: never a path, so that a config cannot name a file. */
export const MODULE_NAME = /^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/;

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The longest duration that a config may name: thirty days. */
const MAX_DURATION_MS = 30 * 86_400_000;

/** Reads `90`, `"90"`, `"1m30s"` or `"500ms"`; a bare number is seconds. Undefined when it is none of these. */
function parseDurationMs(value: number | string): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) && value >= 0 ? value * 1000 : undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  if (!/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(value)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) {
    totalMs += Number(amount) * (UNITS_MS[unit as string] as number);
  }
  return totalMs;
}

/** A duration; in the config seconds or text such as `10m`, once parsed milliseconds. */
export const Duration = z
  .union([z.number(), z.string()], { error: "is not a duration" })
  .transform((value, context) => {
    const durationMs = parseDurationMs(value);
    if (durationMs !== undefined && durationMs <= MAX_DURATION_MS) return durationMs;
    context.addIssue({
      code: "custom",
      message: durationMs === undefined ? "is not a duration" : "is longer than 30d",
      params: { remedy: "write seconds (600) or text such as 10m, 1h30m, 500ms" },
    });
    return z.NEVER;
  })
  .meta({ description: "seconds, or text such as 10m, 1h30m, 500ms" });

/** A point in time: fixed (epoch milliseconds), or relative to the start of the run. */
export type Instant = { kind: "absolute"; epochMs: number } | { kind: "relative"; offsetMs: number };

/** Reads RFC 3339, `now`, or `-6h` (before the start of the run). */
export function parseInstant(value: string): Instant | undefined {
  if (value === "now") return { kind: "relative", offsetMs: 0 };
  if (value.startsWith("-")) {
    const beforeMs = parseDurationMs(value.slice(1));
    return beforeMs === undefined ? undefined : { kind: "relative", offsetMs: -beforeMs };
  }
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(value)) return undefined;
  const epochMs = Date.parse(value);
  return Number.isNaN(epochMs) ? undefined : { kind: "absolute", epochMs };
}

export const InstantText = z
  .string()
  .refine((value) => parseInstant(value) !== undefined, {
    message: "is not a point in time",
    params: { remedy: "write RFC 3339 (2026-01-31T12:00:00Z), now, or a time before the run's start (-6h)" },
  })
  .meta({ description: "RFC 3339, now, or a time before the start of the run such as -6h" });

/** Where a secret comes from. `sealed` is how an inline secret travels; nobody writes it by hand. */
export const SecretSource = z.union([
  z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) }),
  z.strictObject({ file: z.string().min(1) }),
  z.strictObject({ sealed: z.string().min(1) }),
]);
export type SecretSource = z.infer<typeof SecretSource>;
