/** From a request's address to the question that it asks, as a config's query has it. */

import {
  API_PARAMS,
  APIS_WITH_LIMIT,
  type Api,
  COMMON_PARAMS,
  QUERY_LIMITS,
} from "../../../libs/protocol/config/queries.ts";
import type { LoggedRequest } from "./formats.ts";
import { movedRange, type RangeText } from "./ranges.ts";

/** What is asked, but for name and weight; requests with the same question are one query. */
export interface Question {
  readonly api: Api;
  readonly template: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly limit?: number;
  readonly timeout?: string;
  readonly time_range?: RangeText;
}

export type ReadQuestion =
  | { readonly kind: "question"; readonly question: Question; readonly dropped: readonly string[] }
  | { readonly kind: "skipped"; readonly why: string };

/** Arguments that have a key of their own, or none. */
const OWN_KEYS: readonly string[] = ["query", "start", "end", "limit", "timeout"];
const DURATION = /^(\d+(\.\d+)?|(\d+(\.\d+)?(ms|[smhd]))+)$/;
const MAX_TIMEOUT_CHARS = 20;

/** @returns what of it is kept, and the names of arguments that are not */
export function readQuestion({ target, atMs }: LoggedRequest): ReadQuestion {
  const skipped = (why: string): ReadQuestion => ({ kind: "skipped", why });
  const [path = "", text = ""] = splitOnce(target, "?");
  if (/\/internal\/select\//.test(path)) return skipped("is a cluster's question to itself");
  const api = /\/select\/logsql\/([a-z_]+)\/?$/.exec(path)?.[1];
  if (api === undefined) return skipped("asks for nothing below /select/logsql/");
  if (!Object.hasOwn(API_PARAMS, api)) return skipped("asks for an endpoint that Logburst does not know");
  const args = new URLSearchParams(text);
  const template = args.get("query")?.trim();
  if (!template) return skipped("has no query");
  if (template.length > QUERY_LIMITS.templateChars)
    return skipped(`has a query of more than ${QUERY_LIMITS.templateChars} characters`);
  const isTail = api === "tail";
  const moved = isTail ? ({ kind: "none" } as const) : movedRange(args.get("start"), args.get("end"), atMs);
  if (moved.kind === "unreadable") return skipped("has a time range that cannot be read, or that is empty");
  const { params, dropped } = paramsOf(args, api as Api);
  const limit = Number(args.get("limit") ?? Number.NaN);
  const takesLimit = APIS_WITH_LIMIT.includes(api as Api) && Number.isInteger(limit) && limit >= 0;
  const timeout = args.get("timeout");
  const question: Question = {
    api: api as Api,
    template,
    ...(Object.keys(params).length > 0 && { params }),
    ...(takesLimit && limit <= 10_000_000 && { limit }),
    ...(timeout && timeout.length < MAX_TIMEOUT_CHARS && DURATION.test(timeout) && { timeout }),
    ...(moved.kind === "range" && { time_range: moved.range }),
  };
  if (API_PARAMS[api as Api].required.some((name) => params[name] === undefined))
    return skipped("lacks an argument that its endpoint needs");
  return { kind: "question", question, dropped };
}

/** A time of evaluation was that of its day: now it is the query's own. */
const BOUND_TO_THEN = "time";

function paramsOf(args: URLSearchParams, api: Api): { params: Record<string, string>; dropped: string[] } {
  const { required, optional } = API_PARAMS[api] as {
    required: readonly string[];
    optional: readonly string[];
  };
  const known = new Set([...required, ...optional, ...(api === "tail" ? [] : COMMON_PARAMS)]);
  known.delete(BOUND_TO_THEN);
  const params: Record<string, string> = {};
  const dropped = new Set<string>();
  for (const [name, value] of args) {
    if (OWN_KEYS.includes(name)) continue;
    if (!known.has(name) || params[name] !== undefined)
      dropped.add(known.has(name) ? `a second ${name}` : nameOf(name));
    else params[name] = value;
  }
  // Always in one order, so that the same question is found to be the same.
  return {
    params: Object.fromEntries(Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1))),
    dropped: [...dropped],
  };
}

/** A name that is one, and not something that stands in its place. */
function nameOf(name: string): string {
  return /^[a-z_]{1,40}$/i.test(name) ? name : "(an argument)";
}

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
