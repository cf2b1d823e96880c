/** The errors of a run, by query, class and detail, with what was sent and answered where the report has it. */

import { useSignal } from "@preact/signals";
import { clockText } from "../frame/figures.ts";
import { type Column, Table } from "../frame/table.tsx";
import { say } from "../words/words.ts";
import { Tally } from "./queries.tsx";
import { type ErrorRow, narrowed } from "./view.ts";

interface FailuresProps {
  readonly rows: readonly ErrorRow[];
  readonly chosen: string | undefined;
}

export function Failures({ rows, chosen }: FailuresProps) {
  return (
    <section id="errors" aria-labelledby="errors-title">
      <h2 id="errors-title">{say("failures")}</h2>
      <Table
        label={say("failures")}
        columns={[
          {
            key: "query",
            head: say("query"),
            by: ({ query }: ErrorRow) => query,
            cell: ({ query }) => query,
          },
          {
            key: "class",
            head: say("class"),
            kind: "text",
            by: (row) => row.class,
            cell: (row) => <code>{row.class}</code>,
          },
          { key: "detail", head: say("detail"), kind: "wide", cell: ({ detail }) => detail },
          {
            key: "count",
            head: say("count"),
            by: ({ count }) => count,
            cell: ({ count }) => <Tally value={count} />,
          },
          {
            key: "first",
            head: say("first"),
            by: ({ firstMs }) => firstMs,
            cell: ({ firstMs }) => clockText(firstMs / 1000),
          },
          {
            key: "last",
            head: say("last"),
            by: ({ lastMs }) => lastMs,
            cell: ({ lastMs }) => clockText(lastMs / 1000),
          },
          ...(rows.some(({ samples }) => samples.length > 0) ? [sampleColumn()] : []),
        ]}
        rows={narrowed(rows, chosen)}
        keyOf={(row) => `${row.query} ${row.class} ${row.detail}`}
        empty={say("no_failures")}
      />
    </section>
  );
}

/** Live figures have none. */
function sampleColumn(): Column<ErrorRow> {
  return { key: "samples", head: say("samples"), kind: "wide", cell: (row) => <Samples row={row} /> };
}

function Samples({ row: { samples } }: { row: ErrorRow }) {
  if (samples.length === 0) return null;
  return (
    <details>
      <summary>{samples.length}</summary>
      {samples.map(({ message, request, node }) => (
        <div key={node + message + request}>
          <p class="muted">{node}</p>
          <pre>{message}</pre>
          <pre>{request}</pre>
          <Copy text={request} />
        </div>
      ))}
    </details>
  );
}

function Copy({ text }: { text: string }) {
  const isDone = useSignal(false);
  return (
    <button
      type="button"
      onClick={() => {
        // On a page without TLS, or without leave, a browser has no clipboard to offer.
        void navigator.clipboard?.writeText(text).then(
          () => (isDone.value = true),
          () => undefined,
        );
      }}
    >
      {say(isDone.value ? "copied" : "copy")}
    </button>
  );
}
