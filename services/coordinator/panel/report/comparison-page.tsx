/** Comparisons as a page: one side against each of the others, and the runs that each side is made of. */

import type { Comparison } from "../../../../libs/protocol/comparison.ts";
import type { ComparisonView } from "../../../../libs/report/html/view.ts";
import { VerdictBadge } from "../frame/badge.tsx";
import { timeText } from "../frame/preferences.ts";
import { Table } from "../frame/table.tsx";
import { Wishes } from "../frame/wishes.tsx";
import { say } from "../words/words.ts";
import { ComparisonSection } from "./comparison.tsx";
import { Section } from "./section.tsx";
import { tell } from "./words/words.ts";

export function ComparisonPage({ view: { comparisons } }: { view: ComparisonView }) {
  const [first] = comparisons;
  if (!first) return null;
  const isOneOfMany = comparisons.length > 1;
  return (
    <main>
      <header class="title">
        <p class="wishes">
          <span class="muted">{tell("logburst_comparison")}</span> <Wishes />
        </p>
        <h1>
          {comparisons.map(({ contender }) => contender.name).join(", ")}{" "}
          <small>{say("held_against", first.baseline.name)}</small>
        </h1>
      </header>
      {comparisons.map((comparison, at) => (
        <ComparisonSection
          key={comparison.contender.name}
          comparison={comparison}
          id={isOneOfMany ? `comparison-${at + 1}` : "comparison"}
          isOneOfMany={isOneOfMany}
        />
      ))}
      <Runs sides={[first.baseline, ...comparisons.map(({ contender }) => contender)]} />
    </main>
  );
}

type Side = Comparison["baseline"];

function Runs({ sides }: { sides: readonly Side[] }) {
  const rows = sides.flatMap(({ name, runs }, side) => runs.map((run) => ({ side, name, ...run })));
  type Row = (typeof rows)[number];
  return (
    <Section id="runs" title="compared_runs">
      <Table
        label={tell("compared_runs")}
        columns={[
          { key: "run", head: say("run"), cell: (row: Row) => row.run_id },
          { key: "side", head: tell("side"), kind: "text", cell: ({ name }) => name },
          {
            key: "started",
            head: say("begun"),
            cell: ({ started_at }) => `${timeText(Date.parse(started_at))} UTC`,
          },
          {
            key: "verdict",
            head: say("verdict"),
            kind: "text",
            cell: ({ verdict }) => <VerdictBadge verdict={verdict} />,
          },
        ]}
        rows={rows}
        keyOf={({ side, run_id: id }) => `${side} ${id}`}
        empty=""
      />
    </Section>
  );
}
