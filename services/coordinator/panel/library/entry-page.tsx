/** An entry of the library: its document, to be changed or deleted, and a way to run it with values of one's own. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { createExecution, deleteEntry, type Entry, getEntry, putEntry } from "../api/library-calls.ts";
import { role } from "../api/session.ts";
import { timeText } from "../frame/preferences.ts";
import { hashOf } from "../frame/route.ts";
import { Trouble } from "../frame/trouble.tsx";
import { yamlOf } from "../new-run/yaml.ts";
import { say, sayName } from "../words/words.ts";
import { parametersOf, typedValue } from "./parameters.ts";
import { Source } from "./source.tsx";

interface EntryPageProps {
  readonly kind: string;
  readonly name: string;
}

export function EntryPage({ kind, name }: EntryPageProps) {
  const entry = useSignal<Entry | undefined>(undefined);
  const error = useSignal<unknown>(undefined);
  useEffect(() => {
    document.title = `${name} · Logburst`;
    getEntry(kind, name).then(
      (found) => (entry.value = found),
      (trouble: unknown) => (error.value = trouble),
    );
  }, [kind, name]);
  return (
    <main id="content">
      <p class="crumbs">
        <a href={hashOf({ page: "library" })}>{say("library")}</a>
      </p>
      <h1>{name}</h1>
      {error.value !== undefined && <Trouble error={error.value} />}
      {entry.value ? (
        <Shown key={entry.value.revision} entry={entry.value} onSaved={(saved) => (entry.value = saved)} />
      ) : (
        error.value === undefined && <p class="loading">{say("loading")}</p>
      )}
    </main>
  );
}

function Shown({ entry, onSaved }: { entry: Entry; onSaved: (entry: Entry) => void }) {
  const { kind, name, revision, source, description, changed_by: by, changed_ms: changedMs } = entry;
  const text = useSignal(yamlOf(entry.document));
  const error = useSignal<unknown>(undefined);
  const mayChange = role.value !== "viewer" && source === "api";

  async function remove(): Promise<void> {
    try {
      await deleteEntry(kind, name, revision);
      location.hash = hashOf({ page: "library" });
    } catch (trouble) {
      error.value = trouble;
    }
  }

  return (
    <>
      <p class="muted">
        {sayName("kind_", kind)} · {say(`source_${source}`)} · {by} · {timeText(changedMs)}
      </p>
      {description && <p>{description}</p>}
      {kind !== "schedule" && role.value !== "viewer" && <Running entry={entry} />}
      <section aria-labelledby="document-title">
        <h2 id="document-title">{say("document")}</h2>
        {mayChange ? (
          <>
            <Source
              text={text.value}
              onInput={(next) => (text.value = next)}
              onSave={async () => onSaved(await putEntry(text.value, revision))}
            />{" "}
            <button type="button" class="grave" onClick={() => void remove()}>
              {say("delete")}
            </button>
          </>
        ) : (
          <pre>{text.value}</pre>
        )}
      </section>
      {error.value !== undefined && <Trouble error={error.value} />}
    </>
  );
}

function Running({ entry: { kind, name, document: written } }: { entry: Entry }) {
  const parameters = parametersOf(written);
  const values = useSignal<Readonly<Record<string, string>>>({});
  const error = useSignal<unknown>(undefined);
  async function run(): Promise<void> {
    const given = Object.entries(values.value).filter(([, text]) => text !== "");
    try {
      const asked = Object.fromEntries(given.map(([key, text]) => [key, typedValue(text)]));
      const { id } = await createExecution(kind, name, asked);
      location.hash = hashOf({ page: "execution", id });
    } catch (trouble) {
      error.value = trouble;
    }
  }
  return (
    <form
      class="running"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      {parameters.map(({ name: key, hint, isNeeded }) => (
        <label key={key}>
          <code>{key}</code> <small>{hint}</small>
          <input
            name={key}
            required={isNeeded}
            value={values.value[key] ?? ""}
            onInput={(event) => (values.value = { ...values.value, [key]: event.currentTarget.value })}
          />
        </label>
      ))}
      <button type="submit" class="main">
        {say("execute")}
      </button>
      {error.value !== undefined && <Trouble error={error.value} />}
    </form>
  );
}
