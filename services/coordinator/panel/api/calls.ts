/** What the panel asks of the API, each with its types. */

import type { Note } from "../../../../libs/protocol/note.ts";
import type { Report } from "../../../../libs/protocol/report.ts";
import type { RunRecord } from "../../../../libs/protocol/run.ts";
import type { AnswerOf, AskOf } from "../../../../libs/protocol/verbs/table.ts";
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

export function listNodes(): Promise<AnswerOf<"node.list">> {
  return ask("/nodes", { query: { limit: 500 } });
}

/** Slices of a run that wait for a worker; where there are very many, as many as are asked for. */
export async function countQueued(id: string): Promise<number> {
  const page = await ask<AnswerOf<"run.slices">>(`${runPath(id)}/slices`, { query: { limit: 500 } });
  return page.slices.filter(({ state }) => state === "queued").length;
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
