/** The `queries` part of a config: what is asked, how often, over which time range, with which variables. */

import { z } from "zod";
import { Expect } from "./expect.ts";
import { Duration, InstantText } from "./scalars.ts";
import { Tenant } from "./target.ts";

/** Where the words of variables end: neither a config nor a message may grow without bound. */
export const QUERY_LIMITS = {
  queries: 200,
  templateChars: 16_384,
  variables: 100,
  listValues: 10_000,
  weight: 100_000,
} as const;

/**
 * VictoriaLogs' query endpoints below /select/logsql/, with the arguments that each takes besides the common ones.
 * Source: the querying page of VictoriaLogs' documentation.
 */
export const API_PARAMS = {
  query: { required: [], optional: ["offset"] },
  stats_query: { required: [], optional: ["time"] },
  stats_query_range: { required: [], optional: ["step", "offset"] },
  hits: { required: [], optional: ["step", "offset", "field", "fields_limit"] },
  facets: { required: [], optional: ["max_values_per_field", "max_value_len", "keep_const_fields"] },
  field_names: { required: [], optional: [] },
  field_values: { required: ["field"], optional: [] },
  streams: { required: [], optional: [] },
  stream_ids: { required: [], optional: [] },
  stream_field_names: { required: [], optional: [] },
  stream_field_values: { required: ["field"], optional: [] },
  tail: { required: [], optional: ["start_offset", "offset", "refresh_interval"] },
} as const satisfies Record<string, { required: readonly string[]; optional: readonly string[] }>;

export type Api = keyof typeof API_PARAMS;

/** Endpoints that take a `limit`. */
export const APIS_WITH_LIMIT: readonly Api[] = [
  "query",
  "facets",
  "field_values",
  "stream_field_values",
  "streams",
  "stream_ids",
];

/** Arguments that every endpoint but tail takes. */
export const COMMON_PARAMS = [
  "extra_filters",
  "extra_stream_filters",
  "hidden_fields_filters",
  "allow_partial_response",
] as const;

export const TimeRange = z.strictObject({
  last: Duration.optional().describe("slides: ends when the query is due, and begins so long before"),
  from: InstantText.optional(),
  to: InstantText.optional(),
  random: Duration.optional().describe(
    "a stretch of this length, drawn anew for each query between from and to",
  ),
});
export type TimeRange = z.infer<typeof TimeRange>;

export const Scalar = z.union([z.string(), z.number(), z.boolean()]);

export const Variable = z.strictObject({
  list: z.array(Scalar).min(1).max(QUERY_LIMITS.listValues).optional(),
  csv: z
    .strictObject({ file: z.string().min(1), column: z.string().min(1) })
    .optional()
    .describe("a column of a CSV file beside the config; read by the command line before it submits the run"),
  int: z
    .strictObject({ min: z.number().int(), max: z.number().int() })
    .optional()
    .describe("a random whole number"),
  hex: z.number().int().min(1).max(64).optional().describe("so many random hexadecimal digits"),
  pick: z
    .enum(["random", "cycle"])
    .default("random")
    .describe("of a list or CSV column: at random, or in turn"),
});
export type Variable = z.infer<typeof Variable>;

/** A variable's name, as it stands between double braces. */
export const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

export const Variables = z.record(z.string(), Variable);

export const Query = z.strictObject({
  name: z.string().min(1).max(64).describe("unique; names the query in every report"),
  template: z
    .string()
    .min(1)
    .max(QUERY_LIMITS.templateChars)
    .describe("in the language of the engine; {{ name }} is a quoted variable, {{ name | raw }} a bare one"),
  weight: z
    .number()
    .positive()
    .max(QUERY_LIMITS.weight)
    .default(1)
    .describe("share of the mix, relative to the other queries"),
  category: z.string().min(1).max(64).default("default"),
  api: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,31}$/)
    .default("query")
    .describe(
      `what is asked for; of VictoriaLogs an endpoint below /select/logsql/: ${Object.keys(API_PARAMS).join(", ")}`,
    ),
  params: z
    .record(z.string(), Scalar)
    .default({})
    .describe("further arguments of the endpoint, such as step or field; variables allowed"),
  time_range: TimeRange.optional().describe("without one the server searches all its data"),
  variables: Variables.default({}),
  limit: z.number().int().min(0).max(10_000_000).optional(),
  timeout: Duration.optional().describe("the timeout argument that the server is asked to keep"),
  client_timeout: Duration.optional().describe("how long the client waits for the end of the answer"),
  tenant: Tenant.optional(),
  expect: Expect.optional().describe("what a right answer is; any other one has failed"),
  tail_for: Duration.optional().describe("tail: how long each one stays open; 5s when not given"),
});
export type Query = z.infer<typeof Query>;
