/** The OpenAPI 3.1 document of the verbs, made from their table. */

import { z } from "zod";
import { configJsonSchema } from "../config/schema.ts";
import { ERROR_CODES, ERRORS } from "../errors.ts";
import { libraryJsonSchema } from "../library/documents.ts";
import { Execution } from "../library/execution.ts";
import { NodeStatus } from "../node.ts";
import { Note } from "../note.ts";
import { Report } from "../report.ts";
import { REPORT_TYPES } from "../report-types.ts";
import { RunEvent, RunRecord } from "../run.ts";
import { ProblemDocument } from "./answers.ts";
import { bare, type Json, refTo, titled } from "./documents.ts";
import { STREAMS, type Stream } from "./streams.ts";
import { VERB_ENTRIES, VERBS } from "./table.ts";
import { API_ROOT, hasJsonBody, pathFields, type Verb } from "./verb.ts";

/** What an error document is. */
export const PROBLEM_TYPE = "application/problem+json";

/** What has a name of its own in the document. */
const NAMED = { RunRecord, RunEvent, Execution, NodeStatus, Note, Report, ProblemDocument };

/** @param version of the program that serves it */
export function openApi(version: string): Json {
  const answers = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(NAMED)) answers.add(schema, { id });
  for (const [name, { answer, rendered }] of VERB_ENTRIES)
    if (!rendered && !answers.has(answer)) answers.add(answer, { id: titled(name) });
  const { schemas } = z.toJSONSchema(answers, { uri: refTo });
  const idOf = (schema: z.ZodType) => answers.get(schema)?.id ?? "";
  const paths: Record<string, Json> = {};
  for (const [name, verb] of VERB_ENTRIES) {
    const path = `${API_ROOT}${verb.path}`;
    paths[path] = { ...paths[path], [verb.method]: operationOf(name, verb, idOf) };
  }
  for (const stream of Object.values(STREAMS)) paths[`${API_ROOT}${stream.path}`] = { get: streamOf(stream) };
  return {
    openapi: "3.1.0",
    info: {
      title: "Logburst",
      version,
      description: "What can be asked of a coordinator. The same verbs are answered over NATS.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    // Where access is open, as on the machine itself, nothing need be shown.
    security: [{}, { bearer: [] }],
    tags: [...new Set(VERB_ENTRIES.map(([name]) => tagOf(name)))].map((name) => ({ name })),
    paths,
    components: {
      schemas: {
        ...Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bare(schema as Json)])),
        BenchmarkConfig: bare(configJsonSchema("draft-2020-12")),
        LibraryDocument: bare(libraryJsonSchema("draft-2020-12")),
      },
      responses: { Problem: problemResponse() },
      securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
    },
  };
}

const tagOf = (name: string) => name.split(".")[0] ?? name;

function operationOf(name: string, verb: Verb, idOf: (schema: z.ZodType) => string): Json {
  const fields = bare(z.toJSONSchema(verb.request, { io: "input" }) as Json);
  const body = bodyOf(verb, fields);
  return {
    operationId: name.replaceAll(/\.(\w)/g, (_match, letter: string) => letter.toUpperCase()),
    summary: verb.summary,
    tags: [tagOf(name)],
    parameters: parametersOf(verb, fields),
    ...(body && { requestBody: body }),
    responses: {
      [verb.status]: {
        description: "Done",
        content: verb.rendered
          ? renderedContent()
          : { "application/json": { schema: { $ref: refTo(idOf(verb.answer)) } } },
        ...(verb.status === 201 && {
          headers: { Location: { description: "where the run is", schema: { type: "string" } } },
        }),
      },
      default: { $ref: "#/components/responses/Problem" },
    },
  };
}

function streamOf({ summary, path, verb }: Stream): Json {
  const like: Verb = { ...(VERBS[verb] as Verb), path };
  const fields = bare(z.toJSONSchema(like.request, { io: "input" }) as Json);
  return {
    operationId: `stream${titled(path.replaceAll(/\W+/g, "."))}`,
    summary,
    tags: [tagOf(verb)],
    parameters: parametersOf(like, fields),
    responses: {
      200: {
        description: "Server-sent events",
        content: { "text/event-stream": { schema: { type: "string" } } },
      },
      204: { description: "There is nothing left to tell" },
      default: { $ref: "#/components/responses/Problem" },
    },
  };
}

/** Fields that stand in the path, in the query and in headers. */
function parametersOf(verb: Verb, fields: Json): Json[] {
  const properties = fields.properties as Record<string, Json>;
  const required = (fields.required ?? []) as string[];
  const inPath = pathFields(verb);
  const byHeader = Object.entries(verb.headers ?? {});
  const inHeaders = byHeader.map(([, field]) => field);
  const inQuery = hasJsonBody(verb)
    ? []
    : Object.keys(properties).filter((name) => ![...inPath, ...inHeaders, verb.body].includes(name));
  const parameter = (place: string, name: string, field: string) => {
    const { description, ...schema } = properties[field] ?? {};
    return {
      in: place,
      name,
      required: place === "path" || required.includes(field),
      ...(description !== undefined && { description }),
      schema,
    };
  };
  return [
    ...inPath.map((name) => parameter("path", name, name)),
    ...inQuery.map((name) => parameter("query", name, name)),
    ...byHeader.map(([name, field]) => parameter("header", name, field)),
  ];
}

function bodyOf(verb: Verb, fields: Json): Json | undefined {
  if (verb.body !== undefined) {
    const named = verb.body === "config" ? "BenchmarkConfig" : "LibraryDocument";
    return {
      required: true,
      content: {
        "application/yaml": { schema: { type: "string" } },
        "application/json": { schema: { $ref: refTo(named) } },
      },
    };
  }
  if (!hasJsonBody(verb)) return undefined;
  const elsewhere = [...pathFields(verb), ...Object.values(verb.headers ?? {})];
  const keep = (name: string) => !elsewhere.includes(name);
  const properties = Object.entries(fields.properties as Json).filter(([name]) => keep(name));
  if (properties.length === 0) return undefined;
  const required = ((fields.required ?? []) as string[]).filter(keep);
  const schema = { ...fields, properties: Object.fromEntries(properties), required };
  return { required: required.length > 0, content: { "application/json": { schema } } };
}

function renderedContent(): Json {
  return Object.fromEntries(
    Object.entries(REPORT_TYPES).map(([format, type]) => [
      type.split(";")[0],
      { schema: format === "json" ? { $ref: refTo("Report") } : { type: "string" } },
    ]),
  );
}

function problemResponse(): Json {
  const codes = ERROR_CODES.map((code) => `${ERRORS[code].status} ${code}: ${ERRORS[code].title}`);
  return {
    description: `What went wrong. ${codes.join("; ")}`,
    content: { [PROBLEM_TYPE]: { schema: { $ref: refTo("ProblemDocument") } } },
  };
}
