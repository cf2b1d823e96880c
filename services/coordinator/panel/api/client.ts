/** Requests to the coordinator that served this page: with the tab's token, and with errors that say what to do. */

import type { Role } from "../../../../libs/protocol/roles.ts";
import type { ProblemDocument } from "../../../../libs/protocol/verbs/answers.ts";
import { role, token, tokenWanted } from "./session.ts";

const ROOT = "/api/v1";
const ROLE_HEADER = "x-logburst-role";
/** An answer takes milliseconds; a server that is silent for so long is not there. */
const PATIENCE_MS = 20_000;

/** A request that the server did not do, in its own words. */
export class Refused extends Error {
  override readonly name = "Refused";
  /** 0 where there was no answer. */
  readonly status: number;
  readonly problem: Partial<ProblemDocument>;

  constructor(status: number, problem: Partial<ProblemDocument>, cause?: unknown) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`, { cause });
    this.status = status;
    this.problem = problem;
  }
}

export interface Ask {
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Sent as JSON; a text is sent as it is. */
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** @throws Refused */
export async function ask<T>(path: string, options: Ask = {}): Promise<T> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const stop = options.signal ? AbortSignal.any([options.signal, patience]) : patience;
  const response = await send(path, { ...options, signal: stop });
  return (await response.json()) as T;
}

/** The answer as it comes in. @throws Refused */
export async function send(
  path: string,
  { method = "GET", query, body, headers, signal }: Ask,
): Promise<Response> {
  const response = await fetch(`${ROOT}${path}${queryText(query)}`, {
    method,
    headers: {
      ...(token.value !== "" && { authorization: `Bearer ${token.value}` }),
      ...(typeof body === "object" && { "content-type": "application/json" }),
      ...headers,
    },
    body: typeof body === "object" ? JSON.stringify(body) : (body ?? null),
    signal: signal ?? null,
    cache: "no-store",
    credentials: "omit",
  }).catch((cause: unknown) => {
    throw new Refused(0, { code: "internal", detail: "" }, cause);
  });
  if (response.status === 401) tokenWanted.value = token.value === "" ? "missing" : "refused";
  if (!response.ok) throw new Refused(response.status, await problemOf(response));
  const told = response.headers.get(ROLE_HEADER);
  if (told !== null) role.value = told as Role;
  return response;
}

async function problemOf(response: Response): Promise<Partial<ProblemDocument>> {
  try {
    return (await response.json()) as ProblemDocument;
  } catch {
    return { title: response.statusText };
  }
}

function queryText(query: Ask["query"] = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== "") parameters.set(name, String(value));
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}
