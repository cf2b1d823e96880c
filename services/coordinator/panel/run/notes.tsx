/** What people wrote about a run, and a place to write more. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Note } from "../../../../libs/protocol/note.ts";
import { createNote, listNotes, setNoteState } from "../api/calls.ts";
import { role } from "../api/session.ts";
import { timeText } from "../frame/preferences.ts";
import { Trouble } from "../frame/trouble.tsx";
import { say } from "../words/words.ts";

type NoteKind = Note["kind"];

/** What the API takes. */
const NOTE_LIMIT_CHARS = 4000;

export function Notes({ id }: { id: string }) {
  const notes = useSignal<readonly Note[] | undefined>(undefined);
  const error = useSignal<unknown>(undefined);

  async function after(work: Promise<unknown>): Promise<void> {
    try {
      await work;
      notes.value = (await listNotes(id)).notes;
      error.value = undefined;
    } catch (trouble) {
      error.value = trouble;
    }
  }

  useEffect(() => void after(Promise.resolve()), [id]);
  return (
    <section id="notes" aria-labelledby="notes-title">
      <h2 id="notes-title">{say("notes")}</h2>
      {notes.value?.length === 0 && <p class="empty">{say("no_notes")}</p>}
      <ul class="notes">
        {notes.value?.map((note) => (
          <Entry
            key={note.number}
            note={note}
            onState={(state) => void after(setNoteState(id, note.number, state))}
          />
        ))}
      </ul>
      {role.value !== "viewer" && (
        <Writing onWritten={(kind, text) => after(createNote(id, { kind, text }))} />
      )}
      {error.value !== undefined && <Trouble error={error.value} />}
    </section>
  );
}

function Entry({ note, onState }: { note: Note; onState: (state: "open" | "closed") => void }) {
  const { kind, state, text, by, created_ms: createdMs } = note;
  return (
    <li>
      <p class="note-text">{text}</p>
      <small>
        {say(kind)}
        {state && ` · ${say(`note_${state}`)}`} · {by} · {timeText(createdMs)}
      </small>
      {state && role.value !== "viewer" && (
        <button type="button" onClick={() => onState(state === "open" ? "closed" : "open")}>
          {say(state === "open" ? "note_close" : "note_reopen")}
        </button>
      )}
    </li>
  );
}

function Writing({ onWritten }: { onWritten: (kind: NoteKind, text: string) => Promise<void> }) {
  const text = useSignal("");
  const kind = useSignal<NoteKind>("note");
  return (
    <form
      class="writing"
      onSubmit={(event) => {
        event.preventDefault();
        void onWritten(kind.value, text.value).then(() => (text.value = ""));
      }}
    >
      <label>
        <span class="unseen">{say("note_text")}</span>
        <textarea
          name="note"
          rows={2}
          required
          maxLength={NOTE_LIMIT_CHARS}
          placeholder={say("note_text")}
          value={text}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
      </label>
      <select
        aria-label={say("note")}
        value={kind}
        onChange={(event) => (kind.value = event.currentTarget.value as NoteKind)}
      >
        <option value="note">{say("note")}</option>
        <option value="issue">{say("issue")}</option>
      </select>
      <button type="submit">{say("note_add")}</button>
    </form>
  );
}
