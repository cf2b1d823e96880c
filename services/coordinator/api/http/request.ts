/** The fields of an HTTP request: from its path, its query, its headers and its body. */

import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";
import { z } from "zod";
import { RequestProblems } from "../../../../libs/protocol/verbs/problems.ts";
import { API_ROOT, hasJsonBody, pathFields, type Verb } from "../../../../libs/protocol/verbs/verb.ts";
import { bodyText } from "../../../../libs/runtime/http.ts";
import { fromHeaders } from "../bus-api.ts";
import type { Asker } from "../guard.ts";
import type { Fields } from "../request.ts";

/** A config with room for its transport. */
const MAX_CONFIG_BODY_BYTES = 1024 * 1024;
/** Every other body is a handful of fields. */
const MAX_BODY_BYTES = 64 * 1024;

export async function fieldsOf(verb: Verb, context: Context): Promise<Fields> {
  const inPath = pathFields(verb).map((name) => [name, fromText(verb, name, context.req.param(name) ?? "")]);
  const body =
    verb.body !== undefined
      ? { [verb.body]: await bodyText(context.req.raw, MAX_CONFIG_BODY_BYTES) }
      : hasJsonBody(verb)
        ? jsonObject(await bodyText(context.req.raw, MAX_BODY_BYTES))
        : {};
  const inHeaders = fromHeaders(verb, (name) => context.req.header(name));
  return { ...fromQuery(verb, context), ...body, ...inHeaders, ...Object.fromEntries(inPath) };
}

/** @throws RequestProblems for a body that is neither empty nor a JSON object */
function jsonObject(text: string): Fields {
  if (text.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (value !== null && typeof value === "object" && !Array.isArray(value)) return value as Fields;
  const message = "is not a JSON object";
  throw new RequestProblems([
    { path: "(body)", message, remedy: "send an object with the request's fields" },
  ]);
}

/** Path and query have texts alone: those that are to be numbers, or true or false, become that. */
function fromQuery(verb: Verb, context: Context): Fields {
  const fields = Object.entries(context.req.query()).map(([name, text]) => [
    name,
    fromText(verb, name, text),
  ]);
  return Object.fromEntries(fields);
}

function fromText({ request }: Verb, name: string, text: string): unknown {
  const type = typeOf(request.shape[name]);
  if (type === "boolean") return text === "true" ? true : text === "false" ? false : text;
  if (type === "number" || type === "integer") return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  return text;
}

function typeOf(field: z.core.$ZodType | undefined): unknown {
  return field && z.toJSONSchema(field, { io: "input" }).type;
}

/** A path of the table as hono writes it. */
export function routeOf(path: string): string {
  return API_ROOT + path.replaceAll(/\{(\w+)\}/g, ":$1");
}

export function askerOf(context: Context): Asker {
  return {
    via: "HTTP",
    authorization: context.req.header("authorization"),
    address: context.env?.incoming && getConnInfo(context).remote.address,
    forwardedFor: context.req.header("x-forwarded-for") ?? context.req.header("forwarded"),
    host: context.req.header("host"),
  };
}
