/**
 * Every verb, in one table: its place over HTTP and over NATS, its request and its answer. Routes, endpoints, the OpenAPI and
 * the AsyncAPI document are all made from it.
 */

import type { z } from "zod";
import type { ApiVerb } from "../names.ts";
import { RunRecord } from "../run.ts";
import { NodePage, RenderedReport, RunPage } from "./answers.ts";
import * as requests from "./requests.ts";
import type { Verb } from "./verb.ts";

export const VERBS = {
  "run.create": {
    summary: "Accept a config and start its run",
    method: "post",
    path: "/runs",
    request: requests.CreateRun,
    takesConfig: true,
    answer: RunRecord,
    status: 201,
    key: "run",
    leads: true,
  },
  "run.list": {
    summary: "List and search runs, the newest first",
    method: "get",
    path: "/runs",
    request: requests.ListRuns,
    answer: RunPage,
    status: 200,
  },
  "run.get": {
    summary: "Show a run",
    method: "get",
    path: "/runs/{id}",
    request: requests.OneRun,
    answer: RunRecord,
    status: 200,
    key: "run",
  },
  "run.stop": {
    summary: "Stop a run in order: nothing more is sent, what is in flight may end, and there is a report",
    method: "post",
    path: "/runs/{id}/stop",
    request: requests.StopRun,
    answer: RunRecord,
    status: 202,
    key: "run",
    leads: true,
  },
  "run.report": {
    summary: "The report of a run that is over, in one of its formats",
    method: "get",
    path: "/runs/{id}/report",
    request: requests.RunReport,
    answer: RenderedReport,
    status: 200,
    rendered: true,
  },
  "node.list": {
    summary: "List the workers",
    method: "get",
    path: "/nodes",
    request: requests.ListNodes,
    answer: NodePage,
    status: 200,
  },
} as const satisfies Readonly<Record<ApiVerb, Verb>>;

export type RequestOf<V extends ApiVerb> = z.infer<(typeof VERBS)[V]["request"]>;
export type AnswerOf<V extends ApiVerb> = z.infer<(typeof VERBS)[V]["answer"]>;

/** Verbs that the leader alone can do. */
export type LeadingVerb = {
  [V in ApiVerb]: (typeof VERBS)[V] extends { leads: true } ? V : never;
}[ApiVerb];

/** The verbs with their names, with the types of each forgotten. */
export const VERB_ENTRIES = Object.entries(VERBS) as readonly (readonly [ApiVerb, Verb])[];
