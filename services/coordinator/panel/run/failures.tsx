/** The errors of a run, by query, class and detail, with what was sent and answered where the report has it. */

import { useSignal } from "@preact/signals";
import { clockText } from "../frame/figures.ts";
import { type Column, Table } from "../frame/table.tsx";
import { say } from "../words/words.ts";
import { Tally } from "./queries.tsx";
import { curlOf, queryOf, readRequest, vmuiOf } from "./request-text.ts";
import { type ErrorRow, narrowed } from "./view.ts";

interface FailuresProps {
  readonly rows: readonly ErrorRow[];
  readonly chosen: string | undefined;
  /** Where the queries went; unknown where there were two such places. */
  readonly target: string | undefined;
}

export function Failures({ rows, chosen, target }: FailuresProps) {
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
          ...(rows.some(({ samples }) => samples.length > 0) ? [sampleColumn(target)] : []),
        ]}
        rows={narrowed(rows, chosen)}
        keyOf={(row) => `${row.query} ${row.class} ${row.detail}`}
        empty={say("no_failures")}
      />
    </section>
  );
}

/** Live figures have none. */
function sampleColumn(target: string | undefined): Column<ErrorRow> {
  return {
    key: "samples",
    head: say("samples"),
    kind: "wide",
    cell: (row) => <Samples row={row} target={target} />,
  };
}

function Samples({ row: { samples }, target }: { row: ErrorRow; target: string | undefined }) {
  if (samples.length === 0) return null;
  return (
    <details>
      <summary>{samples.length}</summary>
      {samples.map(({ message, request, node }) => (
        <div key={node + message + request}>
          <p class="muted">{node}</p>
          <pre>{message}</pre>
          <pre>{request}</pre>
          <Ways request={request} target={target} />
        </div>
      ))}
    </details>
  );
}

/** How to ask it again, elsewhere. */
function Ways({ request, target }: { request: string; target: string | undefined }) {
  const read = readRequest(request);
  const query = read && queryOf(read);
  const vmui = read && target !== undefined ? vmuiOf(read, target) : undefined;
  return (
    <p class="faces">
      {query !== undefined && <Copy name={say("copy_query")} text={query} />}
      {read && target !== undefined && <Copy name={say("copy_curl")} text={curlOf(read, target)} />}
      {!read && request !== "" && <Copy name={say("copy")} text={request} />}
      {vmui !== undefined && (
        <a href={vmui} target="_blank" rel="noopener noreferrer">
          {say("open_vmui")}
        </a>
      )}
    </p>
  );
}

function Copy({ name, text }: { name: string; text: string }) {
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
      {isDone.value ? say("copied") : name}
    </button>
  );
}
