/** Loki: queries of logs and metrics, labels, series and the index, asked by GET. */

import { compileTemplate, drawerOf } from "../../load/draw.ts";
import type { Variable } from "../../protocol/config/queries.ts";
import type { AskedQuery } from "../../protocol/config/sides.ts";
import type { Target } from "../../protocol/config/target.ts";
import { clientTimeoutMs } from "../../protocol/config/timeouts.ts";
import type { CompiledQuery, Engine, OpenOptions, Probed, Session } from "../engine.ts";
import { authHeader } from "../http/auth.ts";
import { expectingScan } from "../http/expect.ts";
import { openProcessTelemetry } from "../http/process-telemetry.ts";
import type { HttpRequest } from "../http/request.ts";
import { openHttp } from "../http/session.ts";
import { asArgument, asIs, compileParam, type Writer } from "../http/words.ts";
import { scanAnswer } from "./answer.ts";

export const loki: Engine = {
  name: "loki",
  open: openLoki,
  telemetry: (options) =>
    openProcessTelemetry(options, {
      figures: {},
      version: { metric: "loki_build_info", label: "version" },
    }),
};

/** Below /loki/api/v1/; the argument of the query itself, which some can do without. */
const ENDPOINTS: Readonly<Record<string, { readonly path: string; readonly argument: string }>> = {
  query_range: { path: "query_range", argument: "query" },
  query: { path: "query", argument: "query" },
  labels: { path: "labels", argument: "query" },
  label_values: { path: "label", argument: "query" },
  series: { path: "series", argument: "match[]" },
  index_stats: { path: "index/stats", argument: "query" },
};
const BUILD_INFO = "/loki/api/v1/status/buildinfo";
const NANOSECONDS = "000000";

function openLoki(options: OpenOptions): Session {
  const { target, resolveSecret } = options;
  const { session, prefix, warm, ask } = openHttp(options);
  const secret = authHeader(target.auth, resolveSecret);
  const headers = (tenant: Target["tenant"]) => [
    ...(tenant?.org === undefined ? [] : ["X-Scope-OrgID", tenant.org]),
    ...Object.entries(target.headers).flat(),
    ...secret,
  ];
  const info = { path: prefix + BUILD_INFO, headers: headers(target.tenant) };
  return {
    ...session,
    compile: (query, shared) =>
      compile(query, shared, target, prefix, headers(query.tenant ?? target.tenant)),
    warm: (connections) => warm(info, connections),
    async probe(): Promise<Probed> {
      const { text } = await ask(info);
      return { version: /"version"\s*:\s*"([^"]*)"/.exec(text)?.[1] ?? "" };
    },
  };
}

function compile(
  query: AskedQuery,
  shared: Readonly<Record<string, Variable>>,
  target: Target,
  prefix: string,
  headers: readonly string[],
): CompiledQuery {
  const draw = drawerOf(query, shared);
  const path = pathOf(query, prefix);
  const words = writeWords(query, asIs, " ");
  const form = writeWords(query, asArgument, "&");
  const { expect } = query;
  const scan = expectingScan(() => scanAnswer(query.api), expect);
  const timeoutMs = clientTimeoutMs(query, target);
  return {
    prepare(context, arrival): HttpRequest {
      const { values, range } = draw(context, arrival);
      const where = path(values);
      return {
        method: "GET",
        path: `${where}?${form(values, range)}`,
        headers,
        body: "",
        scan,
        timeoutMs,
        expect,
        explain,
        describe: () => `GET ${where} ${words(values, range)}`,
      };
    },
  };
}

function pathOf(query: AskedQuery, prefix: string): Writer {
  const path = `${prefix}/loki/api/v1/${ENDPOINTS[query.api]?.path ?? query.api}`;
  const label = compileParam(query, "label", asArgument);
  return label ? (values) => `${path}/${label(values)}/values` : () => path;
}

type Range = { readonly startMs: number; readonly endMs: number } | undefined;

/** A query's arguments; times are nanoseconds. */
function writeWords(query: AskedQuery, encode: (text: string) => string, between: string) {
  const template = compileTemplate(query.template, encode);
  const argument = encode(ENDPOINTS[query.api]?.argument ?? "query");
  const more = Object.entries(query.params)
    .filter(([name]) => name !== "label")
    .map(([name, text]) => [name, compileTemplate(String(text), encode)] as const);
  const limit = query.limit === undefined ? "" : `${between}limit=${query.limit}`;
  return (values: Parameters<Writer>[0], range: Range): string => {
    let text = `${argument}=${template(values)}${limit}`;
    if (range)
      text += `${between}start=${range.startMs}${NANOSECONDS}${between}end=${range.endMs}${NANOSECONDS}`;
    for (const [name, write] of more) text += `${between}${name}=${write(values)}`;
    return text;
  };
}

/** What tells refusals of one status apart. Source: the errors of Loki's limits and of its query frontend. */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/max entries limit/i, "entries limit"],
  [/query time range exceeds|query length|lookback/i, "range limit"],
  [/would read too many bytes|max_query_bytes_read|bytes read limit/i, "bytes limit"],
  [/maximum (number )?of series|max(imum)?_query_series/i, "series limit"],
  [/too many outstanding requests/i, "queue full"],
  [/no org id/i, "no tenant"],
  [/context deadline exceeded|timeout/i, "execution timeout"],
  [/parse error/i, "parse error"],
];

function explain(status: number, body: string): string | undefined {
  const words = REFUSALS.find(([pattern]) => pattern.test(body))?.[1];
  return status < 400 || words === undefined ? undefined : `${status} ${words}`;
}
