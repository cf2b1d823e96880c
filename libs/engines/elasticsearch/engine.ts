/** Elasticsearch and OpenSearch: searches, several at once, and the query language of each. */

import { compileTemplate, drawerOf } from "../../load/draw.ts";
import type { Query, Variable } from "../../protocol/config/queries.ts";
import type { AskedQuery } from "../../protocol/config/sides.ts";
import type { Target } from "../../protocol/config/target.ts";
import { clientTimeoutMs } from "../../protocol/config/timeouts.ts";
import type { CompiledQuery, Engine, OpenOptions, Session } from "../engine.ts";
import { authHeader } from "../http/auth.ts";
import type { BodyScan } from "../http/body.ts";
import { expectingScan } from "../http/expect.ts";
import type { HttpRequest } from "../http/request.ts";
import { openHttp } from "../http/session.ts";
import { asArgument, asIs, compileParams, type Writer } from "../http/words.ts";
import { scanSearch, scanSeveral, scanTable } from "./answer.ts";
import { openTelemetry } from "./telemetry.ts";

export const elasticsearch: Engine = searchEngine("elasticsearch");
export const openSearch: Engine = searchEngine("opensearch");

function searchEngine(name: string): Engine {
  return { name, open: openSearchEngine, telemetry: openTelemetry };
}

/** What an endpoint is asked, and how its answer is read. */
interface Endpoint {
  readonly path: string;
  readonly type: string;
  readonly scan: () => BodyScan;
  /** From the template's text to the body. */
  readonly body: (text: string) => string;
}

const JSON_TYPE = "application/json";
const asQuery = (text: string) => JSON.stringify({ query: text });
const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  search: { path: "_search", type: JSON_TYPE, scan: scanSearch, body: asIs },
  // Each line ends, the last one too.
  msearch: {
    path: "_msearch",
    type: "application/x-ndjson",
    scan: scanSeveral,
    body: (text) => `${text.trimEnd()}\n`,
  },
  esql: { path: "_query", type: JSON_TYPE, scan: () => scanTable("values"), body: asQuery },
  ppl: { path: "_plugins/_ppl", type: JSON_TYPE, scan: () => scanTable("datarows"), body: asQuery },
};

function openSearchEngine(options: OpenOptions): Session {
  const { target, resolveSecret } = options;
  const { session, prefix, warm, version } = openHttp(options);
  const headers = [...Object.entries(target.headers).flat(), ...authHeader(target.auth, resolveSecret)];
  const root = { path: `${prefix}/`, headers };
  return {
    ...session,
    compile: (query, shared) => compile(query, shared, target, prefix, headers),
    warm: (connections) => warm(root, connections),
    probe: () => version(root, (page) => /"number"\s*:\s*"([^"]*)"/.exec(page)?.[1]),
  };
}

function compile(
  query: AskedQuery,
  shared: Readonly<Record<string, Variable>>,
  target: Target,
  prefix: string,
  common: readonly string[],
): CompiledQuery {
  const endpoint = ENDPOINTS[query.api];
  if (!endpoint) throw new RangeError(`${query.api} is no endpoint of a search engine`);
  const draw = drawerOf(query, shared);
  const template = compileTemplate(query.template);
  const path = pathOf(query, target, `${prefix}/`, endpoint.path);
  const headers = ["content-type", endpoint.type, ...common];
  const { expect } = query;
  const scan = expectingScan(endpoint.scan, expect);
  const timeoutMs = clientTimeoutMs(query, target);
  return {
    prepare(context, arrival): HttpRequest {
      const { values } = draw(context, arrival);
      const text = template(values);
      const where = path(values);
      const body = endpoint.body(text);
      const describe = () => `POST ${where} ${text}`;
      return { method: "POST", path: where, headers, body, scan, timeoutMs, expect, explain, describe };
    },
  };
}

/** The endpoint below its index, and the arguments of the search. */
function pathOf(query: AskedQuery, target: Target, prefix: string, endpoint: string): Writer {
  const params = compileParams(query, asArgument);
  const index = params.find(([name]) => name === "index")?.[1];
  const more = params.filter(([name]) => name !== "index");
  const constant = constantArguments(query, target);
  return (values) => {
    const words = [...constant, ...more.map(([name, write]) => `${name}=${write(values)}`)];
    const below = index ? `${index(values)}/` : "";
    return `${prefix}${below}${endpoint}${words.length > 0 ? `?${words.join("&")}` : ""}`;
  };
}

function constantArguments(query: Query, target: Target): string[] {
  if (query.api !== "search") return [];
  const timeoutMs = query.timeout ?? target.timeout;
  return [
    ...(query.limit === undefined ? [] : [`size=${query.limit}`]),
    ...(timeoutMs === undefined ? [] : [`timeout=${Math.ceil(timeoutMs)}ms`]),
  ];
}

/** The kind of an error, which the answer names: a full queue and a full memory have the same status. */
function explain(status: number, body: string): string | undefined {
  const kind = /"type"\s*:\s*"(\w{1,80})"/.exec(body)?.[1];
  return status < 400 || kind === undefined ? undefined : `${status} ${kind}`;
}
