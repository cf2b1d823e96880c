/** What the panel asks of the API about the library, executions and schedules. */

import type { AnswerOf } from "../../../../libs/protocol/verbs/table.ts";
import { ask } from "./client.ts";

export type LibraryList = AnswerOf<"library.list">["entries"];
export type Entry = AnswerOf<"library.get">;
export type ExecutionList = AnswerOf<"execution.list">["executions"];
export type ExecutionAnswer = AnswerOf<"execution.get">;
export type Schedules = AnswerOf<"schedule.list">["schedules"];

/** More entries than that nobody looks through; a library has a thousand at most. */
const MOST = 500;
const NEWEST = 50;

const entryPath = (kind: string, name: string) =>
  `/library/${encodeURIComponent(kind)}/${encodeURIComponent(name)}`;

export async function listEntries(): Promise<LibraryList> {
  return (await ask<AnswerOf<"library.list">>("/library", { query: { limit: MOST } })).entries;
}

export function getEntry(kind: string, name: string): Promise<Entry> {
  return ask(entryPath(kind, name));
}

/** @param revision that was seen: where it is another by now, nothing is done */
export function putEntry(document: string, revision: number | undefined): Promise<Entry> {
  return ask("/library", { method: "POST", query: { revision }, body: document });
}

export function deleteEntry(kind: string, name: string, revision: number): Promise<unknown> {
  return ask(entryPath(kind, name), { method: "DELETE", query: { revision } });
}

export async function listExecutions(): Promise<ExecutionList> {
  return (await ask<AnswerOf<"execution.list">>("/executions", { query: { limit: NEWEST } })).executions;
}

export function getExecution(id: string): Promise<ExecutionAnswer> {
  return ask(`/executions/${encodeURIComponent(id)}`);
}

export function createExecution(
  kind: string,
  name: string,
  parameters: Readonly<Record<string, unknown>>,
): Promise<ExecutionAnswer> {
  return ask("/executions", { method: "POST", body: { kind, name, parameters } });
}

export function stopExecution(id: string): Promise<ExecutionAnswer> {
  return ask(`/executions/${encodeURIComponent(id)}/stop`, { method: "POST", body: {} });
}

export async function listSchedules(): Promise<Schedules> {
  return (await ask<AnswerOf<"schedule.list">>("/schedules")).schedules;
}

export function turnSchedule(name: string, verb: "pause" | "resume"): Promise<unknown> {
  return ask(`/schedules/${encodeURIComponent(name)}/${verb}`, { method: "POST", body: {} });
}
