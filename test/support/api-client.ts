/** A client of the API that believes nothing: every answer is checked against the OpenAPI document that the server serves. */

import assert from "node:assert/strict";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { request } from "undici";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

export interface Asked {
  readonly body?: string | object;
  readonly headers?: Readonly<Record<string, string>>;
}

// biome-ignore lint/suspicious/noExplicitAny: an answer's JSON has just been checked against its schema
export type Json = any;

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly json: Json;
}

export interface Operation {
  readonly path: string;
  readonly method: Method;
  readonly parameters: readonly { in: string; name: string; required: boolean; schema: Json }[];
  readonly body: Json;
  readonly responses: Readonly<Record<string, Json>>;
}

export interface ApiClient {
  readonly document: Json;
  readonly operations: readonly Operation[];
  /** @param path with its query */
  ask(method: Method, path: string, asked?: Asked): Promise<Answered>;
}

export async function createApiClient(url: string): Promise<ApiClient> {
  const { body } = await request(`${url}/openapi.json`);
  const document: Json = await body.json();
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema(document, "openapi");
  const validators = new Map<string, ValidateFunction>();
  const operations = operationsOf(document);

  function validatorOf(pointer: string): ValidateFunction {
    const known = validators.get(pointer) ?? ajv.compile({ $ref: `openapi${pointer}` });
    validators.set(pointer, known);
    return known;
  }

  function check(operation: Operation, { status, headers, text, json }: Answered): void {
    const what = `${operation.method} ${operation.path} answered ${status}`;
    const [key, response] = documented(document, operation, status);
    const type = String(headers["content-type"] ?? "").split(";")[0] ?? "";
    const types = Object.keys(response.content ?? {});
    assert.ok(types.includes(type), `${what} as "${type}", and not as ${types}: ${text.slice(0, 300)}`);
    if (key === "default") assert.equal(json.status, status, what);
    if (!type.endsWith("json")) return;
    const validate = validatorOf(`${pointerOf(operation, key)}/content/${escaped(type)}/schema`);
    assert.ok(validate(json), `${what}: ${ajv.errorsText(validate.errors)}: ${text.slice(0, 500)}`);
  }

  return {
    document,
    operations,
    async ask(method, path, asked = {}) {
      const sent = typeof asked.body === "object" ? JSON.stringify(asked.body) : asked.body;
      const answer = await request(`${url}${path}`, {
        method,
        ...(sent !== undefined && { body: sent }),
        ...(asked.headers && { headers: asked.headers }),
      });
      const text = await answer.body.text();
      const isJson = /json/.test(String(answer.headers["content-type"]));
      const json: Json = isJson ? JSON.parse(text) : undefined;
      const answered = { status: answer.statusCode, headers: answer.headers, text, json };
      const operation = operations.find((each) => each.method === method && matches(each.path, path));
      if (operation) check(operation, answered);
      return answered;
    },
  };
}

function operationsOf(document: Json): Operation[] {
  return Object.entries(document.paths as Json).flatMap(([path, methods]) =>
    Object.entries(methods as Json).map(([method, operation]: [string, Json]) => ({
      path,
      method: method.toUpperCase() as Method,
      parameters: operation.parameters ?? [],
      body: operation.requestBody,
      responses: operation.responses,
    })),
  );
}

/** The response that the document has for a status, and its key there. */
function documented(document: Json, { responses }: Operation, status: number): [key: string, response: Json] {
  const key = String(status) in responses ? String(status) : "default";
  const response = responses[key];
  return [key, response.$ref ? document.components.responses.Problem : response];
}

function pointerOf({ path, method }: Operation, key: string): string {
  if (key === "default") return "#/components/responses/Problem";
  return `#/paths/${escaped(path)}/${method.toLowerCase()}/responses/${key}`;
}

const escaped = (step: string) =>
  encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1")).replaceAll("%7E", "~");

function matches(template: string, path: string): boolean {
  const pattern = template.replaceAll(/\{\w+\}/g, "[^/]+");
  return new RegExp(`^${pattern}$`).test(path.split("?")[0] ?? "");
}
