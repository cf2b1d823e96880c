/** The verbs as a micro service of the leader: `nats req lb.api.run.create < config.yaml`. */

import {
  type Bus,
  type BusService,
  type MessageHeaders,
  reportName,
  type ServiceAnswer,
  type ServiceHandlers,
} from "../../../libs/bus/bus.ts";
import type { ApiError } from "../../../libs/protocol/api.ts";
import { ERRORS, LogburstError, messageOf } from "../../../libs/protocol/errors.ts";
import { type ApiVerb, type Names, TOKEN } from "../../../libs/protocol/names.ts";
import { problemsOf, RequestProblems } from "../../../libs/protocol/verbs/problems.ts";
import { VERB_ENTRIES } from "../../../libs/protocol/verbs/table.ts";
import { API_ROOT, hasJsonBody, pathFields, type Verb } from "../../../libs/protocol/verbs/verb.ts";
import { VERSION } from "../../../libs/runtime/version.ts";
import type { Guard } from "./guard.ts";
import { type Fields, readRequest } from "./request.ts";
import type { Handler, Verbs } from "./verbs/handlers.ts";

export async function startBusApi(bus: Bus, verbs: Verbs, guard: Guard): Promise<BusService> {
  const endpoint =
    (name: ApiVerb, verb: Verb) =>
    (payload: Uint8Array, headers: MessageHeaders): Promise<ServiceAnswer> =>
      answer(bus, name, verb, async () => {
        const caller = await guard(name, {
          via: "NATS",
          authorization: headers("authorization"),
          address: undefined,
        });
        const request = readRequest(verb, { ...fieldsOf(verb, payload), ...fromHeaders(verb, headers) });
        return { request, done: await (verbs[name] as Handler<ApiVerb>)(request, caller) };
      });
  const endpoints = VERB_ENTRIES.map(([name, verb]) => [name, endpoint(name, verb)]);
  return bus.startService(VERSION, Object.fromEntries(endpoints) as ServiceHandlers);
}

/** A request's fields: a JSON object, a bare id where that is all that is needed, or a config as it is written. */
function fieldsOf(verb: Verb, payload: Uint8Array): Fields {
  const text = Buffer.from(payload).toString("utf8").trim();
  const [field] = pathFields(verb);
  if (field !== undefined && TOKEN.test(text)) return { [field]: text };
  const json = text === "" ? {} : objectIn(text);
  if (verb.body !== undefined) return documentIn(verb.body, json) ?? { [verb.body]: text };
  if (json) return json;
  const remedy = `send ${field === undefined ? "{}" : `the ${field}, or {"${field}": "…"}`}`;
  throw new RequestProblems([{ path: "(request)", message: "is not a JSON object", remedy }]);
}

/** A document beside other fields: as text, or as an object. */
function documentIn(field: string, json: Fields | undefined): Fields | undefined {
  const document = json?.[field];
  if (document === undefined) return undefined;
  return { ...json, [field]: typeof document === "string" ? document : JSON.stringify(document) };
}

function objectIn(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value)
      ? (value as Fields)
      : undefined;
  } catch {
    return undefined;
  }
}

/** What stands in headers rather than in the message. */
export function fromHeaders({ headers = {} }: Verb, header: MessageHeaders): Fields {
  const found = Object.entries(headers).map(([name, field]) => [field, header(name)]);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

/** An answer is never empty and says in its body whether it worked: `nats req` shows the body and exits 0 either way. */
async function answer(
  { names }: Bus,
  name: ApiVerb,
  verb: Verb,
  work: () => Promise<{ request: Fields; done: object }>,
): Promise<ServiceAnswer> {
  try {
    const { request, done } = await work();
    return {
      ok: true,
      status: 200,
      body: { ok: true, ...(verb.key === undefined ? done : { [verb.key]: done }) },
      ifTooLarge: (bytes, mostBytes) =>
        failure(
          new LogburstError(
            "answer_too_large",
            `the answer has ${kilobytes(bytes)}, and the NATS server carries messages of ${kilobytes(mostBytes)} at most`,
            { remedies: otherWays(names, name, verb, request) },
          ),
        ),
    };
  } catch (error) {
    return failure(error);
  }
}

function failure(error: unknown): ServiceAnswer {
  const code = error instanceof LogburstError ? error.code : "internal";
  const body: ApiError = {
    ok: false,
    code,
    message: messageOf(error),
    remedies: error instanceof LogburstError ? [...error.remedies] : [],
    problems: [...problemsOf(error)],
  };
  return { ok: false, status: ERRORS[code].status, body };
}

function kilobytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KB`;
}

/** Where an answer can be had that NATS does not carry in a message. */
function otherWays({ objects }: Names, name: ApiVerb, verb: Verb, request: Fields): string[] {
  const ways = [`ask a coordinator over HTTP: ${verb.method.toUpperCase()} ${addressOf(verb, request)}`];
  if (name === "run.report")
    ways.push(
      `fetch the report from the object store: nats object get ${objects.reports} ${reportName(String(request.id))}`,
    );
  if ("limit" in request) ways.push("ask for fewer entries: limit");
  return ways;
}

/** A request's place over HTTP, as far as its fields stand there. */
function addressOf(verb: Verb, request: Fields): string {
  const inPath = pathFields(verb);
  const path = inPath.reduce(
    (text, field) => text.replace(`{${field}}`, encodeURIComponent(String(request[field]))),
    verb.path,
  );
  const rest = Object.entries(request).filter(
    ([field, value]) => !inPath.includes(field) && value !== undefined,
  );
  const query = new URLSearchParams(
    Object.fromEntries(rest.map(([field, value]) => [field, String(value)])),
  ).toString();
  return `${API_ROOT}${path}${query === "" || hasJsonBody(verb) ? "" : `?${query}`}`;
}
