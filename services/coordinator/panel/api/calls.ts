/** What the panel asks of the API, each with its types. */

import type { Comparison } from "../../../../libs/protocol/comparison.ts";
import type { Note } from "../../../../libs/protocol/note.ts";
import type { Report } from "../../../../libs/protocol/report.ts";
import type { RunRecord } from "../../../../libs/protocol/run.ts";
import type { AnswerOf, AskOf } from "../../../../libs/protocol/verbs/table.ts";
import type { JsonSchema } from "../new-run/schema.ts";
import type { RunVerb } from "../run/actions.ts";
import { ask } from "./client.ts";

const runPath = (id: string) => `/runs/${encodeURIComponent(id)}`;

export const runStreamPath = (id: string) => `${runPath(id)}/stream`;

export function listRuns(query: AskOf<"run.list">): Promise<AnswerOf<"run.list">> {
  return ask("/runs", { query });
}

export function getRun(id: string): Promise<RunRecord> {
  return ask(runPath(id));
}

export function getReport(id: string): Promise<Report> {
  return ask(`${runPath(id)}/report`, { query: { format: "json" } });
}

export function compareRuns(baseline: string, contender: string): Promise<Comparison> {
  return ask("/compare", { query: { baseline, contender } });
}

export function getConfig(id: string): Promise<AnswerOf<"run.config">> {
  return ask(`${runPath(id)}/config`);
}

/** The JSON Schema of configs. */
export async function getConfigSchema(): Promise<JsonSchema> {
  const response = await fetch("/config.schema.json");
  return (await response.json()) as JsonSchema;
}

/** @param config as it was written */
export function validateConfig(config: string, signal: AbortSignal): Promise<AnswerOf<"config.validate">> {
  return ask("/validate", { method: "POST", body: config, signal });
}

export function createRun(config: string, start: boolean): Promise<RunRecord> {
  return ask("/runs", { method: "POST", query: { start: String(start) }, body: config });
}

export function cloneRun(id: string, start: boolean): Promise<RunRecord> {
  return ask(`${runPath(id)}/clone`, { method: "POST", body: { start } });
}

export function listNodes(): Promise<AnswerOf<"node.list">> {
  return ask("/nodes", { query: { limit: 500 } });
}

export function listNotes(id: string): Promise<AnswerOf<"note.list">> {
  return ask(`${runPath(id)}/notes`);
}

export function createNote(id: string, note: Omit<AskOf<"note.create">, "id">): Promise<Note> {
  return ask(`${runPath(id)}/notes`, { method: "POST", body: note });
}

export function setNoteState(id: string, number: number, state: "open" | "closed"): Promise<Note> {
  return ask(`${runPath(id)}/notes/${number}`, { method: "PATCH", body: { state } });
}

export function controlRun(id: string, verb: RunVerb, body: object = {}): Promise<RunRecord> {
  return ask(`${runPath(id)}/${verb}`, { method: "POST", body });
}
