/** Any HTTP server: the template is a path, and the method and body are arguments; what a right answer is, the query's `expect` says. */

import type { Arrival, DrawContext } from "../../load/draw.ts";
import { compileTemplate, drawerOf } from "../../load/draw.ts";
import { HTTP_METHODS, type HttpMethod } from "../../protocol/config/engines.ts";
import type { Variable } from "../../protocol/config/queries.ts";
import type { AskedQuery } from "../../protocol/config/sides.ts";
import type { Target } from "../../protocol/config/target.ts";
import { clientTimeoutMs } from "../../protocol/config/timeouts.ts";
import type { CompiledQuery, Engine, OpenOptions, Session } from "../engine.ts";
import { authHeader } from "./auth.ts";
import { scanLines } from "./body.ts";
import { expectingScan } from "./expect.ts";
import type { HttpRequest } from "./request.ts";
import { openHttp } from "./session.ts";
import { asArgument, asIs, compileParam } from "./words.ts";

export const http: Engine = { name: "http", open: openAny };

function openAny(options: OpenOptions): Session {
  const { target, resolveSecret } = options;
  const { session, prefix, warm } = openHttp(options);
  const secret = authHeader(target.auth, resolveSecret);
  return {
    ...session,
    compile: (query, shared) => compile(query, shared, target, prefix, secret),
    // What a request costs there nobody knows, so one alone says whether anybody is there.
    async warm() {
      const failure = await warm({ path: `${prefix}/`, headers: secret }, 1);
      return failure?.startsWith("http_") ? undefined : failure;
    },
  };
}

function compile(
  query: AskedQuery,
  shared: Readonly<Record<string, Variable>>,
  target: Target,
  prefix: string,
  secret: readonly string[],
): CompiledQuery {
  const draw = drawerOf(query, shared);
  // The path is written as it is; what is put into it must not end it, or begin another part of it.
  const path = compileTemplate(query.template, asIs, asArgument);
  const body = compileParam(query, "body");
  const method = methodOf(query, body !== undefined);
  const isUnsafe = method !== "GET";
  const type = query.params.content_type ?? (body ? "application/json" : undefined);
  const headers = [
    ...(type === undefined ? [] : ["content-type", String(type)]),
    ...Object.entries(target.headers).flat(),
    ...secret,
  ];
  const { expect } = query;
  const scan = expectingScan(scanLines, expect);
  const timeoutMs = clientTimeoutMs(query, target);
  return {
    prepare(context: DrawContext, arrival: Arrival): HttpRequest {
      const { values } = draw(context, arrival);
      const where = prefix + path(values);
      const text = body?.(values) ?? "";
      const describe = () => `${method} ${where}${text && ` ${text}`}`;
      return { method, path: where, headers, body: text, scan, timeoutMs, expect, isUnsafe, describe };
    },
  };
}

/** What stands there was checked where the config was read. */
function methodOf({ params }: AskedQuery, hasBody: boolean): HttpMethod {
  return HTTP_METHODS.find((method) => method === params.method) ?? (hasBody ? "POST" : "GET");
}
