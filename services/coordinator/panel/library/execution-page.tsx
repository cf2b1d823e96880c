/** An execution: its stages, its runs, what happened to it, and a way to end it. */

import { useEffect } from "preact/hooks";
import { type ExecutionAnswer, getExecution, stopExecution } from "../api/library-calls.ts";
import { role } from "../api/session.ts";
import { useAsked } from "../frame/asked.ts";
import { PhaseBadge, VerdictBadge } from "../frame/badge.tsx";
import { NOTHING } from "../frame/figures.ts";
import { timeText } from "../frame/preferences.ts";
import { hashOf } from "../frame/route.ts";
import { Table } from "../frame/table.tsx";
import { Trouble } from "../frame/trouble.tsx";
import { say, sayName } from "../words/words.ts";

const POLL_MS = 2000;

export function ExecutionPage({ id }: { id: string }) {
  const { found, error, after } = useAsked(id, POLL_MS, () => getExecution(id));
  const execution = found.value;
  useEffect(() => {
    document.title = `${execution?.name ?? id} · Logburst`;
  });
  return (
    <main id="content">
      <p class="crumbs">
        <a href={hashOf({ page: "library" })}>{say("library")}</a>
      </p>
      {error.value !== undefined && <Trouble error={error.value} />}
      {execution ? (
        <Shown execution={execution} onStop={() => void after(stopExecution(id))} />
      ) : (
        error.value === undefined && <p class="loading">{say("loading")}</p>
      )}
    </main>
  );
}

function Shown({ execution, onStop }: { execution: ExecutionAnswer; onStop: () => void }) {
  const {
    id,
    kind,
    name,
    phase,
    verdict,
    failure,
    stopping,
    created_by: by,
    created_ms: createdMs,
  } = execution;
  return (
    <>
      <h1>{name}</h1>
      <p class="muted">
        {say(`kind_${kind}`)} · <code>{id}</code> · {by} · {timeText(createdMs)}
      </p>
      <p class="states">
        <PhaseBadge phase={phase} /> {verdict && <VerdictBadge verdict={verdict} />}{" "}
        {phase === "running" && (
          <button
            type="button"
            class="grave"
            disabled={role.value === "viewer" || stopping !== undefined}
            onClick={onStop}
          >
            {say("do_stop")}
          </button>
        )}
      </p>
      {failure !== undefined && <p class="bad">{failure}</p>}
      <Stages execution={execution} />
      <Happened execution={execution} />
    </>
  );
}

interface StageRun {
  readonly stage: number;
  readonly run: number;
  readonly scenario: string;
}

function Stages({ execution: { stages, outcomes, current } }: { execution: ExecutionAnswer }) {
  const rows = stages.flatMap(({ scenarios }, stage) =>
    scenarios.map((scenario, run): StageRun => ({ stage, run, scenario })),
  );
  const outcomeOf = (row: StageRun) =>
    outcomes.find(({ stage, run }) => stage === row.stage && run === row.run);
  const runOf = (row: StageRun) =>
    outcomeOf(row)?.run_id ??
    (current?.stage === row.stage && current.run === row.run ? current.run_id : undefined);
  return (
    <section id="stages" aria-labelledby="stages-title">
      <h2 id="stages-title">{say("stages")}</h2>
      <Table
        label={say("stages")}
        columns={[
          { key: "stage", head: say("stage"), cell: ({ stage }: StageRun) => stages[stage]?.name },
          {
            key: "state",
            head: say("state"),
            kind: "text",
            cell: ({ stage }) => sayName("", stages[stage]?.state ?? ""),
          },
          { key: "scenario", head: say("kind_scenario"), kind: "text", cell: ({ scenario }) => scenario },
          {
            key: "run",
            head: say("run"),
            kind: "text",
            cell: (row) => {
              const id = runOf(row);
              return id === undefined ? (
                NOTHING
              ) : (
                <a href={hashOf({ page: "run", id, query: undefined })}>{id}</a>
              );
            },
          },
          {
            key: "verdict",
            head: say("verdict"),
            kind: "text",
            cell: (row) => {
              const outcome = outcomeOf(row);
              return outcome ? <VerdictBadge verdict={outcome.verdict} /> : NOTHING;
            },
          },
        ]}
        rows={rows}
        keyOf={({ stage, run }) => `${stage}.${run}`}
        empty={NOTHING}
      />
    </section>
  );
}

function Happened({ execution: { events } }: { execution: ExecutionAnswer }) {
  return (
    <section id="events" aria-labelledby="events-title">
      <h2 id="events-title">{say("events")}</h2>
      <Table
        label={say("events")}
        columns={[
          {
            key: "time",
            head: say("time"),
            cell: ({ at_ms: atMs }: ExecutionAnswer["events"][number]) => timeText(atMs),
          },
          { key: "event", head: say("event"), kind: "text", cell: ({ type }) => sayName("", type) },
          { key: "stage", head: say("stage"), kind: "text", cell: ({ stage }) => stage },
          { key: "what", head: say("what"), kind: "wide", cell: ({ text }) => text },
        ]}
        rows={events.toReversed()}
        keyOf={(_row, index) => String(events.length - index)}
        empty={say("no_events")}
      />
    </section>
  );
}
