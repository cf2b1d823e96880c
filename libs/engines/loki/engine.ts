/** Loki: queries of logs and metrics, labels, series and the index, asked by GET, and the live tail. */

import { compileTemplate, drawerOf } from "../../load/draw.ts";
import type { Variable } from "../../protocol/config/queries.ts";
import type { AskedQuery } from "../../protocol/config/sides.ts";
import type { Target } from "../../protocol/config/target.ts";
import { clientTimeoutMs } from "../../protocol/config/timeouts.ts";
import type { CompiledQuery, Engine, OpenOptions, Session } from "../engine.ts";
import { authHeader } from "../http/auth.ts";
import { expectingScan } from "../http/expect.ts";
import { openProcessTelemetry } from "../http/process-telemetry.ts";
import type { HttpRequest } from "../http/request.ts";
import { openHttp } from "../http/session.ts";
import { asArgument, asIs, compileParam, type Writer } from "../http/words.ts";
import { scanAnswer } from "./answer.ts";
import { explain } from "./refusals.ts";
import { createTails } from "./tail.ts";

export const loki: Engine = {
  name: "loki",
  open: openLoki,
  telemetry: (options) =>
    openProcessTelemetry(options, {
      figures: {},
      version: { metric: "loki_build_info", label: "version" },
    }),
};

interface Endpoint {
  /** Below /loki/api/v1/. */
  readonly path: string;
  /** That of the query itself. */
  readonly argument: string;
  /** Of everything it is asked without a selector: one that selects everything is refused. */
  readonly isAskedOfAll?: boolean;
}

const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  query_range: { path: "query_range", argument: "query" },
  query: { path: "query", argument: "query" },
  labels: { path: "labels", argument: "query", isAskedOfAll: true },
  label_values: { path: "label", argument: "query", isAskedOfAll: true },
  series: { path: "series", argument: "match[]" },
  index_stats: { path: "index/stats", argument: "query" },
};
const BUILD_INFO = "/loki/api/v1/status/buildinfo";
const NANOSECONDS = "000000";
const EVERYTHING = "{}";

function openLoki(options: OpenOptions): Session {
  const { target, resolveSecret } = options;
  const { session, prefix, warm, version } = openHttp(options);
  const tails = createTails(options, prefix);
  const secret = authHeader(target.auth, resolveSecret);
  const headers = (tenant: Target["tenant"]) => [
    ...(tenant?.org === undefined ? [] : ["X-Scope-OrgID", tenant.org]),
    ...Object.entries(target.headers).flat(),
    ...secret,
  ];
  const info = { path: prefix + BUILD_INFO, headers: headers(target.tenant) };
  return {
    ...session,
    compile(query, shared) {
      const asked = headers(query.tenant ?? target.tenant);
      if (query.api === "tail") return tails.compile(query, shared, asked);
      return compile(query, shared, target, prefix, asked);
    },
    subscribe: tails.subscribe,
    warm: (connections) => warm(info, connections),
    probe: () => version(info, (page) => /"version"\s*:\s*"v?([^"]*)"/.exec(page)?.[1]),
    connections: () => session.connections() + tails.open(),
    abortAll() {
      tails.abortAll();
      session.abortAll();
    },
    close() {
      tails.abortAll();
      return session.close();
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
  const { argument = "query", isAskedOfAll = false } = ENDPOINTS[query.api] ?? {};
  const isOfAll = isAskedOfAll && query.template.trim() === EVERYTHING;
  const more = Object.entries(query.params)
    .filter(([name]) => name !== "label")
    .map(([name, text]) => [name, compileTemplate(String(text), encode)] as const);
  return (values: Parameters<Writer>[0], range: Range): string => {
    const words = isOfAll ? [] : [`${encode(argument)}=${template(values)}`];
    if (query.limit !== undefined) words.push(`limit=${query.limit}`);
    if (range) words.push(`start=${range.startMs}${NANOSECONDS}`, `end=${range.endMs}${NANOSECONDS}`);
    for (const [name, write] of more) words.push(`${name}=${write(values)}`);
    return words.join(between);
  };
}
