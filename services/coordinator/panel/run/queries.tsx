/** The queries of a run: how each ended and how long its answers took. A press narrows the page to one of them. */

import { SAMPLES_FOR } from "../../../../libs/report/words.ts";
import { countText, latencyText, NOTHING, shareText } from "../frame/figures.ts";
import { hashOf } from "../frame/route.ts";
import { type Column, Table } from "../frame/table.tsx";
import { say } from "../words/words.ts";
import { errorShareOf, type QueryRow } from "./view.ts";

interface QueriesProps {
  readonly id: string;
  readonly rows: readonly QueryRow[];
  readonly chosen: string | undefined;
  readonly isOver: boolean;
}

/** So many a live run tells of. */
const TOLD_LIVE = 100;

export function Queries({ id, rows, chosen, isOver }: QueriesProps) {
  return (
    <section id="queries" aria-labelledby="queries-title">
      <h2 id="queries-title">{say("queries")}</h2>
      <Table
        label={say("queries")}
        columns={[nameColumn(id, chosen), ...countColumns(), ...latencyColumns()]}
        rows={rows}
        keyOf={({ name }) => name}
        nameOf={({ name, category }) => `${name} ${category}`}
        isMarked={({ name }) => name === chosen}
        empty={say("no_queries")}
      />
      {!isOver && rows.length >= TOLD_LIVE && <p class="muted">{say("first_queries", String(TOLD_LIVE))}</p>}
    </section>
  );
}

function nameColumn(id: string, chosen: string | undefined): Column<QueryRow> {
  return {
    key: "name",
    head: say("query"),
    by: ({ name }) => name,
    cell: ({ name, category }) => {
      const isChosen = name === chosen;
      return (
        <>
          <a
            href={hashOf({ page: "run", id, query: isChosen ? undefined : name })}
            aria-current={isChosen ? "true" : undefined}
            title={isChosen ? say("all_queries") : say("only_query", name)}
          >
            {name}
          </a>
          <small>{category}</small>
        </>
      );
    },
  };
}

function countColumns(): Column<QueryRow>[] {
  const counted = ["planned", "ok", "failed", "timed_out", "missed", "lost"] as const;
  return [
    ...counted.map((state) => ({
      key: state,
      head: say(state),
      by: ({ ledger }: QueryRow) => ledger[state],
      cell: ({ ledger }: QueryRow) => (
        <Tally value={ledger[state]} isBad={state !== "planned" && state !== "ok"} />
      ),
    })),
    {
      key: "errors",
      head: say("errors"),
      by: ({ ledger }) => errorShareOf(ledger),
      cell: ({ ledger }) => shareText(errorShareOf(ledger)),
    },
  ];
}

/** Zeros step back, so that what did happen is seen. */
export function Tally({ value, isBad }: { value: number; isBad?: boolean }) {
  return <span class={value === 0 ? "zero" : isBad ? "bad" : undefined}>{countText(value)}</span>;
}

function latencyColumns(): Column<QueryRow>[] {
  return (["p50", "p95", "p99", "max"] as const).map((name) => ({
    key: name,
    head: say(name),
    by: ({ responseMs }) => responseMs[name],
    // Few values do not tell a high percentile from the highest of them.
    cell: ({ responseMs }) =>
      responseMs.count >= SAMPLES_FOR[name] ? latencyText(responseMs[name]) : NOTHING,
  }));
}
