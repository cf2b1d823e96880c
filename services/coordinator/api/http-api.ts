/** The verbs over HTTP: one route for each, made from their table. Errors are problem documents. */

import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context, Hono } from "hono";
import type { ReportFormat } from "../../../libs/protocol/config/schema.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import type { ApiVerb } from "../../../libs/protocol/names.ts";
import { REPORT_TYPES } from "../../../libs/protocol/report-types.ts";
import type { RenderedReport } from "../../../libs/protocol/verbs/answers.ts";
import { VERB_ENTRIES } from "../../../libs/protocol/verbs/table.ts";
import { API_ROOT, type Verb } from "../../../libs/protocol/verbs/verb.ts";
import type { Asker, Guard } from "./guard.ts";
import { fieldsOf } from "./http-request.ts";
import { openApi } from "./openapi.ts";
import { problemResponse } from "./problem.ts";
import { readRequest } from "./request.ts";
import type { Handler, Verbs } from "./verbs.ts";

export interface ApiParts {
  readonly verbs: Verbs;
  readonly guard: Guard;
}

export function addApi(app: Hono, { verbs, guard }: ApiParts): void {
  app.use("/api/*", async (context, next) => {
    refuseForeignPage(context.req.header("origin"), context.req.header("host"));
    await next();
  });
  for (const [name, verb] of VERB_ENTRIES) {
    const handle = verbs[name] as Handler<ApiVerb>;
    app.on(verb.method.toUpperCase(), routeOf(verb), async (context) => {
      const caller = await guard(name, askerOf(context));
      const request = readRequest(verb, await fieldsOf(verb, context));
      return respond(context, verb, await handle(request, caller));
    });
  }
  addDocuments(app);
  refuseTheRest(app);
}

function routeOf({ path }: Verb): string {
  return API_ROOT + path.replaceAll(/\{(\w+)\}/g, ":$1");
}

function askerOf(context: Context): Asker {
  return {
    via: "HTTP",
    authorization: context.req.header("authorization"),
    address: context.env?.incoming && getConnInfo(context).remote.address,
  };
}

function respond(context: Context, { status, rendered }: Verb, answer: object): Response {
  if (rendered) {
    const { format, text } = answer as RenderedReport;
    return context.body(text, status, { "content-type": REPORT_TYPES[format as ReportFormat] });
  }
  if (status === 201 && "id" in answer) context.header("location", `${API_ROOT}/runs/${answer.id}`);
  return context.json(answer, status);
}

/** A page of another site must not start load from its visitor's machine: browsers say where a request comes from. */
function refuseForeignPage(origin: string | undefined, host: string | undefined): void {
  if (origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)) return;
  throw new LogburstError("forbidden", `a page of ${origin} may not use this API`, {
    remedies: ["use it from the command line, or from a page of this server"],
  });
}

function addDocuments(app: Hono): void {
  app.get("/openapi.json", (context) => context.json(openApi()));
}

function refuseTheRest(app: Hono): void {
  for (const path of new Set(VERB_ENTRIES.map(([, verb]) => routeOf(verb)))) {
    const allowed = VERB_ENTRIES.filter(([, verb]) => routeOf(verb) === path).map(([, { method }]) =>
      method.toUpperCase(),
    );
    app.all(path, (context) => {
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
