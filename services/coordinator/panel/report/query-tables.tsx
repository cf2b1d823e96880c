/** The queries of a report, and their categories: how each ended, and how long it took. */

import type { Figures, QueryReport, Report } from "../../../../libs/protocol/report.ts";
import { percent, rate } from "../../../../libs/report/words.ts";
import { type Column, Table } from "../frame/table.tsx";
import { Tally } from "../run/queries.tsx";
import { STATES } from "../run/view.ts";
import { say } from "../words/words.ts";
import { nameOf, PERCENTILES, Percentile, sortedBy } from "./percentile.tsx";
import { Section } from "./section.tsx";
import { tell } from "./words/words.ts";

export function QueryTable({ queries }: { queries: readonly QueryReport[] }) {
  return (
    <Section id="queries" title="queries">
      <Table
        label={say("queries")}
        columns={[
          {
            key: "name",
            head: say("query"),
            by: ({ name }: QueryReport) => name,
            cell: ({ name, category }: QueryReport) => (
              <>
                {name}
                <small>{category}</small>
              </>
            ),
          },
          ...figureColumns<QueryReport>(),
          {
            key: "share",
            head: tell("share"),
            by: ({ share_actual }) => share_actual,
            cell: ({ share_target, share_actual }) =>
              `${percent(share_actual, 1)} / ${percent(share_target, 1)}`,
          },
        ]}
        rows={queries}
        keyOf={({ name }, index) => `${index} ${name}`}
        empty={tell("no_queries")}
      />
      <p class="muted">{tell("queries_note")}</p>
    </Section>
  );
}

type Category = Report["categories"][number];

export function Categories({ categories }: { categories: readonly Category[] }) {
  return (
    <Section id="categories" title="categories">
      <Table
        label={tell("categories")}
        columns={[
          {
            key: "name",
            head: tell("category"),
            by: ({ category }: Category) => category,
            cell: ({ category }: Category) => category,
          },
          ...figureColumns<Category>(),
        ]}
        rows={categories}
        keyOf={({ category }) => category}
        empty={tell("no_queries")}
      />
    </Section>
  );
}

/** Cancelled ones stand here too, or a line would not add up. */
function figureColumns<Row extends Figures>(): Column<Row>[] {
  return [
    ...(["planned", ...STATES] as const).map((state) => ({
      key: state,
      head: say(state),
      by: ({ ledger }: Row) => ledger[state],
      cell: ({ ledger }: Row) => (
        <Tally value={ledger[state]} isBad={state !== "planned" && state !== "ok" && state !== "cancelled"} />
      ),
    })),
    {
      key: "rate",
      head: tell("rate"),
      by: ({ completed_per_s }) => completed_per_s,
      cell: ({ completed_per_s }) => rate(completed_per_s),
    },
    ...PERCENTILES.map((name) => ({
      key: name,
      head: nameOf(name),
      by: ({ service_ms: latency }: Row) => sortedBy({ latency, name }),
      cell: ({ service_ms: latency }: Row) => <Percentile latency={latency} name={name} />,
    })),
  ];
}
