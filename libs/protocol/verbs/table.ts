/**
 * Every verb, in one table: its place over HTTP and over NATS, its request and its answer. Routes, endpoints, the OpenAPI and
 * the AsyncAPI document are all made from it.
 */

import type { z } from "zod";
import { Comparison } from "../comparison.ts";
import type { ApiVerb } from "../names.ts";
import { Note } from "../note.ts";
import { RunRecord } from "../run.ts";
import * as answers from "./answers.ts";
import { ENGINE_VERBS } from "./engines.ts";
import { KILL_VERBS } from "./kill.ts";
import { LIBRARY_VERBS } from "./library-table.ts";
import { NODE_VERBS } from "./nodes.ts";
import { POD_VERBS } from "./pods.ts";
import * as requests from "./requests.ts";
import { SERIES_VERBS } from "./series.ts";
import { SETTINGS_VERBS } from "./settings.ts";
import type { Verb } from "./verb.ts";

export const VERBS = {
  "config.validate": {
    summary: "Check a config and say what it would run",
    method: "post",
    path: "/validate",
    request: requests.ValidateConfig,
    answer: answers.PlanSummary,
    status: 200,
    key: "plan",
    body: "config",
  },
  "run.create": {
    summary: "Accept a config and start its run",
    method: "post",
    path: "/runs",
    request: requests.CreateRun,
    answer: RunRecord,
    status: 201,
    key: "run",
    leads: true,
    body: "config",
    headers: requests.KEY_HEADER,
  },
  "run.list": {
    summary: "List and search runs, the newest first",
    method: "get",
    path: "/runs",
    request: requests.ListRuns,
    answer: answers.RunPage,
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
  "run.delete": {
    summary: "Delete a run that is not live, with all that is stored of it",
    method: "delete",
    path: "/runs/{id}",
    request: requests.OneRun,
    answer: answers.DeletedRun,
    status: 200,
    key: "deleted",
    leads: true,
  },
  "run.start": {
    summary: "Start a run that was only accepted",
    method: "post",
    path: "/runs/{id}/start",
    request: requests.OneRun,
    answer: RunRecord,
    status: 202,
    key: "run",
    leads: true,
  },
  "run.approve": {
    summary: "Let a run begin that awaits approval; whoever asked for it cannot",
    method: "post",
    path: "/runs/{id}/approve",
    request: requests.ApproveRun,
    answer: RunRecord,
    status: 202,
    key: "run",
    leads: true,
  },
  "run.reject": {
    summary: "Refuse a run that awaits approval",
    method: "post",
    path: "/runs/{id}/reject",
    request: requests.RejectRun,
    answer: RunRecord,
    status: 202,
    key: "run",
    leads: true,
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
  "run.kill": {
    summary: "Stop a run at once: what is in flight is cut short",
    method: "post",
    path: "/runs/{id}/kill",
    request: requests.StopRun,
    answer: RunRecord,
    status: 202,
    key: "run",
    leads: true,
  },
  "run.pause": {
    summary: "Pause a run, for an hour at most: nothing is sent, and the rest of it waits",
    method: "post",
    path: "/runs/{id}/pause",
    request: requests.OneRun,
    answer: RunRecord,
    status: 202,
    key: "run",
    leads: true,
  },
  "run.resume": {
    summary: "Go on with a paused run, which takes longer by the pause",
    method: "post",
    path: "/runs/{id}/resume",
    request: requests.OneRun,
    answer: RunRecord,
    status: 202,
    key: "run",
    leads: true,
  },
  "run.change": {
    summary: "Change the rate, the users or the weights of a run while it runs, within two seconds",
    method: "post",
    path: "/runs/{id}/change",
    request: requests.ChangeRun,
    answer: RunRecord,
    status: 202,
    key: "run",
    leads: true,
  },
  "run.apply": {
    summary: "Make a running run what a config says, if all that differs can be changed while it runs",
    method: "post",
    path: "/runs/{id}/apply",
    request: requests.ApplyConfig,
    answer: RunRecord,
    status: 202,
    key: "run",
    leads: true,
    body: "config",
  },
  "run.clone": {
    summary: "Run a run's config again, with its seed, or with some values changed",
    method: "post",
    path: "/runs/{id}/clone",
    request: requests.CloneRun,
    answer: RunRecord,
    status: 201,
    key: "run",
    leads: true,
    headers: requests.KEY_HEADER,
  },
  "run.config": {
    summary: "The config of a run, without its secrets",
    method: "get",
    path: "/runs/{id}/config",
    request: requests.OneRun,
    answer: answers.RunConfig,
    status: 200,
  },
  "run.report": {
    summary: "The report of a run that is over, in one of its formats",
    method: "get",
    path: "/runs/{id}/report",
    request: requests.RunReport,
    answer: answers.RenderedReport,
    status: 200,
    rendered: true,
  },
  "run.compare": {
    summary: "Compare two runs that are over: each difference with its interval and a verdict",
    method: "get",
    path: "/compare",
    request: requests.CompareRuns,
    answer: Comparison,
    status: 200,
  },
  "run.events": {
    summary: "What happened to a run, from the first event on",
    method: "get",
    path: "/runs/{id}/events",
    request: requests.ListEvents,
    answer: answers.EventPage,
    status: 200,
  },
  "run.slices": {
    summary: "Slices of a run that were published and are not settled, by lane and window",
    method: "get",
    path: "/runs/{id}/slices",
    request: requests.ListSlices,
    answer: answers.SlicePage,
    status: 200,
  },
  "run.results": {
    summary: "What became of a run's slices, from the first result on, as long as results are kept",
    method: "get",
    path: "/runs/{id}/results",
    request: requests.ListResults,
    answer: answers.ResultPage,
    status: 200,
  },
  "run.logs": {
    summary: "The last log lines about a run that this coordinator has heard from all services",
    method: "get",
    path: "/runs/{id}/logs",
    request: requests.RunLogs,
    answer: answers.LogLines,
    status: 200,
  },
  ...SERIES_VERBS,
  "note.create": {
    summary: "Write a note about a run, or open an issue",
    method: "post",
    path: "/runs/{id}/notes",
    request: requests.CreateNote,
    answer: Note,
    status: 201,
    key: "note",
  },
  "note.list": {
    summary: "Notes and issues of a run",
    method: "get",
    path: "/runs/{id}/notes",
    request: requests.OneRun,
    answer: answers.NoteList,
    status: 200,
  },
  "note.update": {
    summary: "Change a note, close an issue or open it again",
    method: "patch",
    path: "/runs/{id}/notes/{note}",
    request: requests.UpdateNote,
    answer: Note,
    status: 200,
    key: "note",
  },
  ...NODE_VERBS,
  ...ENGINE_VERBS,
  ...LIBRARY_VERBS,
  ...POD_VERBS,
  ...KILL_VERBS,
  ...SETTINGS_VERBS,
} as const satisfies Readonly<Record<ApiVerb, Verb>>;

export type RequestOf<V extends ApiVerb> = z.infer<(typeof VERBS)[V]["request"]>;
/** A request as it is written: what has a default may be left out. */
export type AskOf<V extends ApiVerb> = z.input<(typeof VERBS)[V]["request"]>;
export type AnswerOf<V extends ApiVerb> = z.infer<(typeof VERBS)[V]["answer"]>;

/** Verbs that the leader alone can do. */
export type LeadingVerb = {
  [V in ApiVerb]: (typeof VERBS)[V] extends { leads: true } ? V : never;
}[ApiVerb];

/** The verbs with their names, with the types of each forgotten. */
export const VERB_ENTRIES = Object.entries(VERBS) as readonly (readonly [ApiVerb, Verb])[];
