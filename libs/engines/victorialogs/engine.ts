/** VictoriaLogs: every endpoint below /select/logsql/, asked by POST with form arguments. */

import type { Arrival, Draw, DrawContext } from "../../load/draw.ts";
import { compileTemplate, drawerOf } from "../../load/draw.ts";
import { APIS_WITH_LIMIT, type Api, type Query, type Variable } from "../../protocol/config/queries.ts";
import type { AskedQuery } from "../../protocol/config/sides.ts";
import type { Target, Tenant } from "../../protocol/config/target.ts";
import { clientTimeoutMs, tailMsOf } from "../../protocol/config/timeouts.ts";
import type { CompiledQuery, Engine, OpenOptions, Session } from "../engine.ts";
import { authHeader } from "../http/auth.ts";
import { type BodyScan, scanLines, scanObject } from "../http/body.ts";
import { expectingScan } from "../http/expect.ts";
import type { HttpRequest } from "../http/request.ts";
import { openHttp } from "../http/session.ts";
import { openTelemetry } from "./telemetry.ts";

/** The key that stands once in each item of an endpoint's answer; endpoints without one answer in lines. */
const ITEM_KEY: Readonly<Partial<Record<Api, string>>> = {
  stats_query: "metric",
  stats_query_range: "metric",
  hits: "timestamps",
  facets: "field_value",
  field_names: "hits",
  field_values: "hits",
  streams: "hits",
  stream_ids: "hits",
  stream_field_names: "hits",
  stream_field_values: "hits",
};

export const victoriaLogs: Engine = {
  name: "victorialogs",
  open: openVictoriaLogs,
  telemetry: openTelemetry,
};

function openVictoriaLogs(options: OpenOptions): Session {
  const { target, resolveSecret } = options;
  const { session, prefix, warm, version } = openHttp(options);
  const secretHeader = authHeader(target.auth, resolveSecret);

  return {
    ...session,
    compile: (query, shared) => compile(query, shared, target, prefix, secretHeader),
    // The server's health runs no query.
    warm: (connections) => warm({ path: `${prefix}/health` }, connections),
    probe: () => version({ path: `${prefix}/metrics`, headers: secretHeader }, versionIn),
  };
}

/** The number of the release that a page of metrics names: its builders put other words around it. */
export function versionIn(page: string): string {
  const [line = ""] = /^vm_app_version\{.*$/m.exec(page) ?? [];
  return (
    /short_version="v?(\d+\.[^"]*)"/.exec(line)?.[1] ?? /[^.\d](\d+\.\d+(?:\.\d+)*)/.exec(line)?.[1] ?? ""
  );
}

function compile(
  query: AskedQuery,
  shared: Readonly<Record<string, Variable>>,
  target: Target,
  prefix: string,
  secretHeader: readonly string[],
): CompiledQuery {
  const draw = drawerOf(query, shared);
  const words = compileWords(query, target, (text) => text);
  // Half a character, as JSON can write one, is sent as every encoder sends it: as the sign for what is none.
  const form = compileWords(query, target, (text) => encodeURIComponent(text.toWellFormed()));
  const path = `${prefix}/select/logsql/${query.api}`;
  const headers = [
    "content-type",
    "application/x-www-form-urlencoded",
    ...tenantHeaders(query.tenant ?? target.tenant),
    ...Object.entries(target.headers).flat(),
    ...secretHeader,
  ];
  const isTail = query.api === "tail";
  const { expect } = query;
  const scan = expectingScan(scanFor(query.api as Api), expect);
  const timeoutMs = clientTimeoutMs(query, target);

  function prepare(context: DrawContext, arrival: Arrival): HttpRequest {
    const drawn = draw(context, arrival);
    return {
      method: "POST",
      path,
      headers,
      body: form(drawn, "&"),
      scan,
      timeoutMs,
      enoughAfterMs: isTail ? tailMsOf(query) : undefined,
      expect,
      explain,
      describe: () => `POST ${path} ${words(drawn, " ")}`,
    };
  }
  return { prepare };
}

/** A query's arguments as a function of what was drawn for it and of what stands between two arguments. */
function compileWords(
  query: Query,
  target: Target,
  encode: (text: string) => string,
): (drawn: Draw, between: string) => string {
  const template = compileTemplate(query.template, encode);
  const constant = constantArguments(query, target).map(([name, value]) => `${name}=${encode(value)}`);
  const params = Object.entries(query.params).map(
    ([name, text]) => [name, compileTemplate(String(text), encode)] as const,
  );
  return ({ values, range }, between) => {
    let text = `query=${template(values)}`;
    if (range) text += `${between}start=${range.startMs}${between}end=${range.endMs}`;
    for (const word of constant) text += between + word;
    for (const [name, render] of params) text += `${between}${name}=${render(values)}`;
    return text;
  };
}

function constantArguments(query: Query, target: Target): [string, string][] {
  const words: [string, string][] = [];
  const timeoutMs = query.timeout ?? target.timeout;
  if (query.limit !== undefined && APIS_WITH_LIMIT.some((api) => api === query.api))
    words.push(["limit", String(query.limit)]);
  if (timeoutMs !== undefined && query.api !== "tail") words.push(["timeout", `${Math.ceil(timeoutMs)}ms`]);
  return words;
}

function scanFor(api: Api): () => BodyScan {
  const key = ITEM_KEY[api];
  return key === undefined ? scanLines : () => scanObject(key);
}

function tenantHeaders(tenant: Tenant | undefined): string[] {
  if (!tenant) return [];
  return ["AccountID", String(tenant.account_id), "ProjectID", String(tenant.project_id)];
}

/** Tells apart what VictoriaLogs says with the same status: it waited too long for its turn, or it ran too long. */
function explain(status: number, body: string): string | undefined {
  if (status === 503 && body.includes("couldn't start executing")) return "503 queue timeout";
  if (status === 503 && body.includes("couldn't be executed")) return "503 execution timeout";
  return undefined;
}
