/** The documents about the API: OpenAPI, AsyncAPI, and a page for people, made from the first of them. */

import type { Hono } from "hono";
import { configJsonSchema } from "../../../../libs/protocol/config/schema.ts";
import { asyncApi } from "../../../../libs/protocol/verbs/asyncapi.ts";
import { openApi } from "../../../../libs/protocol/verbs/openapi.ts";
import { VERSION } from "../../../../libs/runtime/version.ts";
import { docsPage } from "./docs-page.ts";

/** @param prefix of this deployment's subjects */
export function addDocuments(app: Hono, prefix: string): void {
  const document = openApi(VERSION);
  const messages = asyncApi(VERSION, prefix);
  const page = docsPage(document);
  const schema = configJsonSchema();
  app.get("/config.schema.json", (context) => context.json(schema));
  app.get("/openapi.json", (context) => context.json(document));
  app.get("/asyncapi.json", (context) => context.json(messages));
  app.get("/docs", (context) => context.html(page));
}
