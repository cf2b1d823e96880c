/** The library: scenarios, suites, plans and schedules, and what was executed of them. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import {
  type ExecutionList,
  type LibraryList,
  listEntries,
  listExecutions,
  listSchedules,
  putEntry,
  type Schedules,
  turnSchedule,
} from "../api/library-calls.ts";
import { role } from "../api/session.ts";
import { useAsked } from "../frame/asked.ts";
import { NOTHING } from "../frame/figures.ts";
import { timeText } from "../frame/preferences.ts";
import { hashOf } from "../frame/route.ts";
import { Table } from "../frame/table.tsx";
import { Trouble } from "../frame/trouble.tsx";
import { say, sayName } from "../words/words.ts";
import { Executions } from "./executions.tsx";
import { Source } from "./source.tsx";

/** How old the list may look. */
const POLL_MS = 4000;

interface Library {
  readonly entries: LibraryList;
  readonly executions: ExecutionList;
  readonly schedules: Schedules;
}

async function readLibrary(): Promise<Library> {
  const [entries, executions, schedules] = await Promise.all([
    listEntries(),
    listExecutions(),
    listSchedules(),
  ]);
  return { entries, executions, schedules };
}

export function LibraryPage() {
  const { found, error, after } = useAsked("library", POLL_MS, readLibrary);
  useEffect(() => {
    document.title = `${say("library")} · Logburst`;
  });
  const library = found.value;
  return (
    <main id="content">
      <h1>{say("library")}</h1>
      {error.value !== undefined && <Trouble error={error.value} />}
      {library ? (
        <>
          <Entries entries={library.entries} />
          <Plans
            schedules={library.schedules}
            onTurn={(name, verb) => void after(turnSchedule(name, verb))}
          />
          <Executions executions={library.executions} />
          {role.value !== "viewer" && (
            <Adding onAdd={async (text) => after(Promise.resolve(await putEntry(text, undefined)))} />
          )}
        </>
      ) : (
        error.value === undefined && <p class="loading">{say("loading")}</p>
      )}
    </main>
  );
}

function Entries({ entries }: { entries: LibraryList }) {
  return (
    <section id="entries" aria-label={say("library")}>
      <Table
        label={say("library")}
        columns={[
          {
            key: "name",
            head: say("name"),
            by: ({ name }: LibraryList[number]) => name,
            cell: ({ kind, name, description }) => (
              <>
                <a href={hashOf({ page: "entry", kind, name })}>{name}</a>
                <small>{description}</small>
              </>
            ),
          },
          {
            key: "kind",
            head: say("kind"),
            kind: "text",
            by: ({ kind }) => kind,
            cell: ({ kind }) => say(`kind_${kind}`),
          },
          { key: "source", head: say("source"), kind: "text", cell: ({ source }) => say(`source_${source}`) },
          { key: "by", head: say("changed_by"), kind: "text", cell: ({ changed_by: by }) => by },
          {
            key: "changed",
            head: say("changed"),
            by: ({ changed_ms: changedMs }) => changedMs,
            cell: ({ changed_ms: changedMs }) => timeText(changedMs),
          },
        ]}
        rows={entries}
        keyOf={({ kind, name }) => `${kind} ${name}`}
        empty={say("no_entries")}
      />
    </section>
  );
}

interface PlansProps {
  readonly schedules: Schedules;
  readonly onTurn: (name: string, verb: "pause" | "resume") => void;
}

function Plans({ schedules, onTurn }: PlansProps) {
  return (
    <section id="schedules" aria-labelledby="schedules-title">
      <h2 id="schedules-title">{say("schedules")}</h2>
      <Table
        label={say("schedules")}
        columns={[
          {
            key: "name",
            head: say("name"),
            cell: ({ name, cron, time_zone: zone }: Schedules[number]) => (
              <>
                <a href={hashOf({ page: "entry", kind: "schedule", name })}>{name}</a>
                <small>
                  {cron} · {zone}
                </small>
              </>
            ),
          },
          {
            key: "what",
            head: say("what_it_runs"),
            kind: "text",
            cell: ({ kind, target }) => (
              <a href={hashOf({ page: "entry", kind, name: target })}>
                {say(`kind_${kind}`)} {target}
              </a>
            ),
          },
          {
            key: "next",
            head: say("next_start"),
            cell: ({ paused, next_ms: nextMs }) =>
              paused ? say("paused") : nextMs === undefined ? NOTHING : timeText(nextMs),
          },
          {
            key: "last",
            head: say("last_start"),
            kind: "text",
            cell: ({ fires }) => <LastFire fire={fires.at(-1)} />,
          },
          {
            key: "turn",
            head: "",
            cell: ({ name, paused }) => (
              <button
                type="button"
                disabled={role.value === "viewer"}
                onClick={() => onTurn(name, paused ? "resume" : "pause")}
              >
                {say(paused ? "do_resume" : "do_pause")}
              </button>
            ),
          },
        ]}
        rows={schedules}
        keyOf={({ name }) => name}
        empty={say("no_schedules")}
      />
    </section>
  );
}

function LastFire({ fire }: { fire: Schedules[number]["fires"][number] | undefined }) {
  if (!fire) return <>{NOTHING}</>;
  const words = `${timeText(fire.fire_ms)} · ${sayName("fire_", fire.outcome)}`;
  return fire.execution === undefined ? (
    <span title={fire.reason}>{words}</span>
  ) : (
    <a href={hashOf({ page: "execution", id: fire.execution })}>{words}</a>
  );
}

function Adding({ onAdd }: { onAdd: (text: string) => Promise<void> }) {
  const text = useSignal("");
  return (
    <section aria-labelledby="adding-title">
      <h2 id="adding-title">{say("add_to_library")}</h2>
      <Source text={text.value} onInput={(next) => (text.value = next)} onSave={() => onAdd(text.value)} />
    </section>
  );
}
