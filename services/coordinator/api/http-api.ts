/** The REST API: a coordinator's verbs over HTTP. Errors are problem documents (RFC 9457). */

import type { Hono } from "hono";
import { ConfigProblems } from "../../../libs/protocol/config/problems.ts";
import type { ReportFormat } from "../../../libs/protocol/config/schema.ts";
import { ERRORS, LogburstError, messageOf } from "../../../libs/protocol/errors.ts";
import { Report } from "../../../libs/protocol/report.ts";
import { renderReport } from "../../../libs/report/formats.ts";
import { bodyText } from "../../../libs/runtime/http.ts";
import type { Verbs } from "./verbs.ts";

/** A config with room for its transport. */
const MAX_BODY_BYTES = 1024 * 1024;

const CONTENT_TYPES: Readonly<Record<ReportFormat, string>> = {
  json: "application/json",
  csv: "text/csv; charset=utf-8",
  html: "text/html; charset=utf-8",
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
};

export function addApi(app: Hono, verbs: Verbs): void {
  app.use("/api/*", async (context, next) => {
    refuseForeignPage(context.req.header("origin"), context.req.header("host"));
    await next();
  });
  app.post("/api/v1/runs", async (context) => {
    const config = await bodyText(context.req.raw, MAX_BODY_BYTES);
    const record = await verbs.create(config);
    context.header("location", `/api/v1/runs/${record.id}`);
    return context.json(record, 201);
  });
  app.get("/api/v1/runs", async (context) => context.json({ runs: await verbs.list() }));
  app.get("/api/v1/runs/:id", async (context) => context.json(await verbs.get(context.req.param("id"))));
  app.post("/api/v1/runs/:id/stop", async (context) => {
    return context.json(await verbs.stop(context.req.param("id"), "asked for over HTTP"), 202);
  });
  app.get("/api/v1/runs/:id/report", async (context) => {
    const format = context.req.query("format") ?? "json";
    if (!isFormat(format)) {
      throw new LogburstError("bad_request", `"${format}" is not a format`, {
        remedies: [`ask for ${Object.keys(CONTENT_TYPES).join(", ")}`],
      });
    }
    const report = Report.parse(JSON.parse(await verbs.report(context.req.param("id"))));
    return context.body(renderReport(report, format), 200, { "content-type": CONTENT_TYPES[format] });
  });
  app.get("/api/v1/nodes", (context) => context.json({ nodes: verbs.nodes() }));
  app.notFound((context) => problem(new LogburstError("not_found", `there is no ${context.req.path}`)));
  app.onError((error) => problem(error));
}

/** A page of another site must not start load from its visitor's machine: browsers say where a request comes from. */
function refuseForeignPage(origin: string | undefined, host: string | undefined): void {
  if (origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)) return;
  throw new LogburstError("forbidden", `a page of ${origin} may not use this API`, {
    remedies: ["use it from the command line, or from a page of this server"],
  });
}

function isFormat(text: string): text is ReportFormat {
  return text in CONTENT_TYPES;
}

function problem(error: unknown): Response {
  const known = error instanceof LogburstError ? error : new LogburstError("internal", messageOf(error));
  const { status, title } = ERRORS[known.code];
  const document = {
    type: "about:blank",
    title,
    status,
    detail: known.message,
    code: known.code,
    remedies: known.remedies,
    ...(known instanceof ConfigProblems && { errors: known.problems }),
  };
  return new Response(JSON.stringify(document), {
    status,
    headers: { "content-type": "application/problem+json" },
  });
}
