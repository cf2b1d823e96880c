/** The verbs over HTTP: one route for each, made from their table. Errors are problem documents. */

import type { Context, Hono } from "hono";
import type { ReportFormat } from "../../../../libs/protocol/config/formats.ts";
import { LogburstError } from "../../../../libs/protocol/errors.ts";
import { Execution } from "../../../../libs/protocol/library/execution.ts";
import type { ApiVerb } from "../../../../libs/protocol/names.ts";
import { REPORT_TYPES } from "../../../../libs/protocol/report-types.ts";
import type { RenderedReport } from "../../../../libs/protocol/verbs/answers.ts";
import { STREAMS } from "../../../../libs/protocol/verbs/streams.ts";
import { VERB_ENTRIES } from "../../../../libs/protocol/verbs/table.ts";
import { API_ROOT, type Verb } from "../../../../libs/protocol/verbs/verb.ts";
import { readRequest } from "../request.ts";
import type { Handler, Verbs } from "../verbs/handlers.ts";
import { addDocuments } from "./documents.ts";
import { problemResponse } from "./problem.ts";
import { askerOf, fieldsOf, routeOf } from "./request.ts";
import { addStreams, type StreamParts } from "./stream-routes.ts";

export interface ApiParts extends StreamParts {
  readonly verbs: Verbs;
  /** Of this deployment's subjects. */
  readonly prefix: string;
}

export function addApi(app: Hono, parts: ApiParts): void {
  const { verbs, guard } = parts;
  app.use("/api/*", async (context, next) => {
    refuseForeignPage(context.req.header("origin"), context.req.header("host"));
    await next();
  });
  for (const [name, verb] of VERB_ENTRIES) {
    const handle = verbs[name] as Handler<ApiVerb>;
    app.on(verb.method.toUpperCase(), routeOf(verb.path), async (context) => {
      const caller = await guard(name, askerOf(context));
      context.header(ROLE_HEADER, caller.role);
      const request = readRequest(verb, await fieldsOf(verb, context));
      return respond(context, verb, await handle(request, caller));
    });
  }
  addStreams(app, parts);
  addDocuments(app, parts.prefix);
  refuseTheRest(app);
}

function respond(context: Context, { status, rendered, answer: schema }: Verb, answer: object): Response {
  if (rendered) {
    const { format, text } = answer as RenderedReport;
    return context.body(text, status, { "content-type": REPORT_TYPES[format as ReportFormat] });
  }
  const folder = schema === Execution ? "executions" : "runs";
  if (status === 201 && "id" in answer) context.header("location", `${API_ROOT}/${folder}/${answer.id}`);
  return context.json(answer, status);
}

/** Says what whoever asks may do, so that a page need not offer the rest. */
const ROLE_HEADER = "x-logburst-role";

/** A page of another site must not start load from its visitor's machine: browsers say where a request comes from. */
function refuseForeignPage(origin: string | undefined, host: string | undefined): void {
  if (origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)) return;
  throw new LogburstError("forbidden", `a page of ${origin} may not use this API`, {
    remedies: ["use it from the command line, or from a page of this server"],
  });
}

const STREAM_ROUTES = Object.values(STREAMS).map(({ path }) => ({ path, method: "get" }));

function refuseTheRest(app: Hono): void {
  const routes = [...VERB_ENTRIES.map(([, verb]) => verb), ...STREAM_ROUTES];
  for (const path of new Set(routes.map((route) => route.path))) {
    const allowed = routes.filter((route) => route.path === path).map(({ method }) => method.toUpperCase());
    app.all(routeOf(path), (context) => {
      const message = `${context.req.method} is not a method of ${context.req.path}`;
      const refusal = new LogburstError("method_not_allowed", message, {
        remedies: [`use ${allowed.join(" or ")}`],
      });
      const response = problemResponse(refusal, context.req.path);
      response.headers.set("allow", allowed.join(", "));
      return response;
    });
  }
  app.notFound(({ req }) =>
    problemResponse(new LogburstError("not_found", `there is no ${req.path}`), req.path),
  );
  app.onError((error, { req }) => problemResponse(error, req.path));
}
