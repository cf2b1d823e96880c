/** Notes and issues of a run, under one key: any coordinator may write them, by compare-and-set. */

import type { Bucket } from "../../../../libs/bus/bus.ts";
import { parseObject } from "../../../../libs/protocol/door.ts";
import { LogburstError } from "../../../../libs/protocol/errors.ts";
import { type Note, Notes, notesKey } from "../../../../libs/protocol/note.ts";
import type { RequestOf } from "../../../../libs/protocol/verbs/table.ts";
import { runNamed } from "../stored.ts";

/** Notes of one run: with their texts they fit into a message. */
const MAX_NOTES = 100;
/** Writers that come between are few. */
const MAX_TRIES = 10;

export async function notesOf(runs: Bucket, id: string): Promise<Note[]> {
  await runNamed(runs, id);
  return (await stored(runs, id)).notes;
}

export function addNote(
  runs: Bucket,
  { id, text, kind }: RequestOf<"note.create">,
  by: string,
  nowMs: number,
): Promise<Note> {
  return change(runs, id, (notes) => {
    if (notes.length >= MAX_NOTES) {
      throw new LogburstError("conflict", `run ${id} has ${MAX_NOTES} notes, which is the most`, {
        remedies: ["change one that is there"],
      });
    }
    const number = (notes.at(-1)?.number ?? 0) + 1;
    const times = { created_ms: nowMs, changed_ms: nowMs };
    return { number, kind, ...(kind === "issue" && { state: "open" as const }), text, by, ...times };
  });
}

export function updateNote(
  runs: Bucket,
  { id, note: number, text, state }: RequestOf<"note.update">,
  nowMs: number,
): Promise<Note> {
  return change(runs, id, (notes) => {
    const note = notes.find((each) => each.number === number);
    if (!note) {
      throw new LogburstError("not_found", `run ${id} has no note ${number}`, {
        remedies: ["list its notes"],
      });
    }
    if (state !== undefined && note.kind !== "issue") {
      throw new LogburstError("conflict", `note ${number} is no issue, and has no state`, {
        remedies: ["open an issue"],
      });
    }
    return { ...note, ...(text !== undefined && { text }), ...(state && { state }), changed_ms: nowMs };
  });
}

/** Writes one note among the others; where somebody else was faster, their word is read first. */
async function change(runs: Bucket, id: string, noteOf: (notes: readonly Note[]) => Note): Promise<Note> {
  await runNamed(runs, id);
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    const { notes, revision } = await stored(runs, id);
    const note = noteOf(notes);
    const others = notes.filter(({ number }) => number !== note.number);
    const value: Notes = { v: 1, notes: [...others, note].sort((a, b) => a.number - b.number) };
    const written =
      revision === undefined
        ? await runs.create(notesKey(id), value)
        : await runs.update(notesKey(id), value, revision);
    if (written !== undefined) return note;
  }
  throw new LogburstError("conflict", `the notes of run ${id} were changed at the same time`, {
    remedies: ["ask again"],
  });
}

async function stored(runs: Bucket, id: string): Promise<{ notes: Note[]; revision: number | undefined }> {
  const entry = await runs.get(notesKey(id));
  const parsed = parseObject(Notes, entry?.value);
  return { notes: parsed.ok ? parsed.value.notes : [], revision: entry?.revision };
}
