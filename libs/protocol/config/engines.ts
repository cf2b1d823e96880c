/** The `engine` part of a config, and what each engine that comes with Logburst can be asked: endpoints and their arguments. */

import { z } from "zod";
import { API_PARAMS, APIS_WITH_LIMIT, COMMON_PARAMS, Scalar } from "./queries.ts";
import { MODULE_NAME } from "./scalars.ts";

export const EngineChoice = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(64)
    .describe("victorialogs, loki, elasticsearch, opensearch, etcd, http, or that of a module"),
  version: z
    .string()
    .regex(/^[0-9][0-9A-Za-z.+-]{0,31}$/)
    .optional()
    .describe("of the target, or its beginning: a run is not begun on another one"),
  module: z
    .string()
    .regex(MODULE_NAME)
    .optional()
    .describe("where the engine is not one of these: a module that LOGBURST_ENGINE_MODULES allows"),
  options: z
    .record(z.string(), Scalar)
    .default({})
    .describe("what the engine is given; no place for secrets"),
});
export type EngineChoice = z.infer<typeof EngineChoice>;

/** What can be asked of one endpoint. */
export interface ApiShape {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  readonly takesLimit?: boolean;
  /** It stays open and shows what comes in: no time range, no expectation. */
  readonly isStream?: boolean;
  readonly takesRange?: boolean;
}

/** What a value may be: one of some words, or a whole number between two, both included. */
export type ValueRule =
  | { readonly words: readonly string[] }
  | { readonly least: number; readonly most: number };

export interface EngineShape {
  readonly apis: Readonly<Record<string, ApiShape>>;
  /** Arguments of every endpoint but streams. */
  readonly common: readonly string[];
  readonly options: readonly string[];
  /** What arguments and options may be, by name; any scalar where nothing is said. */
  readonly values?: Readonly<Record<string, ValueRule>>;
  /** The time range is given to the template, as the variables `start_ms` and `end_ms`, and not beside it. */
  readonly givesRange: boolean;
  /** Tenants are organisations with a name. */
  readonly hasOrgs?: boolean;
  /** What is asked does not say which version it is. */
  readonly isVersionless?: boolean;
}

const VICTORIALOGS: EngineShape = {
  apis: Object.fromEntries(
    Object.entries(API_PARAMS).map(([api, { required, optional }]) => {
      const isStream = api === "tail";
      const takesLimit = APIS_WITH_LIMIT.some((name) => name === api);
      return [api, { required, optional, takesLimit, isStream, takesRange: !isStream }];
    }),
  ),
  common: COMMON_PARAMS,
  options: [],
  givesRange: false,
};

/** Loki refuses to hold lines back for longer. */
const MOST_TAIL_DELAY_S = 5;

/** Source: the HTTP API page of Loki's documentation. */
const LOKI: EngineShape = {
  apis: {
    query_range: {
      required: [],
      optional: ["step", "interval", "direction"],
      takesLimit: true,
      takesRange: true,
    },
    query: { required: [], optional: ["time", "direction"], takesLimit: true },
    labels: { required: [], optional: [], takesRange: true },
    label_values: { required: ["label"], optional: [], takesRange: true },
    series: { required: [], optional: [], takesRange: true },
    index_stats: { required: [], optional: [], takesRange: true },
    tail: { required: [], optional: ["delay_for"], takesLimit: true, isStream: true },
  },
  common: [],
  options: [],
  values: { delay_for: { least: 0, most: MOST_TAIL_DELAY_S } },
  givesRange: false,
  hasOrgs: true,
};

const SEARCH_PARAMS = ["index", "request_cache", "preference", "routing"];

/** Endpoints that Elasticsearch and OpenSearch have in common. Source: their documentation of the search API. */
function searchApis(language: string): EngineShape {
  return {
    apis: {
      search: { required: ["index"], optional: SEARCH_PARAMS, takesLimit: true, takesRange: true },
      msearch: { required: [], optional: ["index", "max_concurrent_searches"], takesRange: true },
      [language]: { required: [], optional: [], takesRange: true },
    },
    common: [],
    options: [],
    givesRange: true,
  };
}

/** Of etcd, one request: 1.5 MB, with its key. Source: etcd's documentation of system limits. */
const MOST_VALUE_BYTES = 1_000_000;
/** More would be no warming up. */
const MOST_KEYS = 1_000_000;
const MOST_EVENTS = 10_000_000;
/** Each is a connection of one worker. */
const MOST_WATCHERS = 10_000;
const MOST_TTL_S = 86_400;

/** Operations of etcd's gateway; see libs/engines/etcd. */
const ETCD: EngineShape = {
  apis: {
    put: { required: [], optional: ["value_bytes"] },
    get: { required: [], optional: ["serializable"] },
    range: { required: [], optional: ["serializable"], takesLimit: true },
    delete: { required: [], optional: [] },
    txn: { required: [], optional: [] },
    watch: { required: ["events"], optional: ["watchers", "writers"] },
    lease: { required: ["ttl"], optional: [] },
  },
  common: [],
  options: ["prefix", "keys", "value_bytes"],
  values: {
    value_bytes: { least: 0, most: MOST_VALUE_BYTES },
    keys: { least: 0, most: MOST_KEYS },
    events: { least: 1, most: MOST_EVENTS },
    watchers: { least: 1, most: MOST_WATCHERS },
    writers: { least: 1, most: MOST_WATCHERS },
    ttl: { least: 1, most: MOST_TTL_S },
  },
  givesRange: false,
};

export const HTTP_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

const HTTP: EngineShape = {
  apis: { query: { required: [], optional: ["method", "body", "content_type"], takesRange: true } },
  common: [],
  options: [],
  values: { method: { words: HTTP_METHODS } },
  givesRange: true,
  isVersionless: true,
};

/** By the name that a config gives. */
export const ENGINES: Readonly<Record<string, EngineShape>> = {
  victorialogs: VICTORIALOGS,
  loki: LOKI,
  elasticsearch: searchApis("esql"),
  opensearch: searchApis("ppl"),
  etcd: ETCD,
  http: HTTP,
};

/** What can be asked of a config's engine; undefined where nobody here knows, because it comes from outside. */
export function shapeOf({ name, module }: EngineChoice): EngineShape | undefined {
  return module === undefined && Object.hasOwn(ENGINES, name) ? ENGINES[name] : undefined;
}

/** The variables by which a template is given its query's time range. */
export const RANGE_VARIABLES = ["start_ms", "end_ms"] as const;
