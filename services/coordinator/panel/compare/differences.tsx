/** What differs between two runs: each figure with the interval in which its difference lies. */

import type { Comparison, ComparisonRow } from "../../../../libs/protocol/comparison.ts";
import { latencyText, NOTHING, rateText, shareText } from "../frame/figures.ts";
import { Table } from "../frame/table.tsx";
import { say, sayName } from "../words/words.ts";

const SIGNS: Readonly<Record<ComparisonRow["verdict"], string>> = {
  better: "✓",
  same: "=",
  worse: "✗",
  unknown: "·",
};

export function Differences({ comparison }: { comparison: Comparison }) {
  const { baseline, contender, verdict, verdict_reasons: reasons, unlike, rows, confidence } = comparison;
  const shown = rows.filter(
    (row) => row.query === null || row.verdict === "worse" || row.verdict === "better",
  );
  return (
    <section data-comparison={contender.name}>
      <h2>
        {contender.name} <small>{say("held_against", baseline.name)}</small>{" "}
        <strong class={`badge ${verdict === "worse" ? "failed" : verdict === "better" ? "passed" : "plain"}`}>
          {sayName("", verdict)}
        </strong>
      </h2>
      {(reasons.length > 0 || unlike.length > 0) && (
        <ul class="why">
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
          {unlike.map(({ what, baseline: before, contender: after }) => (
            <li key={what}>
              {what}: {before} → {after}
            </li>
          ))}
        </ul>
      )}
      <Table
        label={contender.name}
        columns={[
          {
            key: "query",
            head: say("query"),
            by: ({ query }: ComparisonRow) => query,
            cell: ({ query }) => query ?? say("all_queries"),
          },
          { key: "metric", head: say("figure"), kind: "text", cell: ({ metric }) => sayName("", metric) },
          { key: "before", head: say("before"), cell: (row) => valueText(row, row.baseline) },
          { key: "after", head: say("after"), cell: (row) => valueText(row, row.contender) },
          {
            key: "change",
            head: say("difference"),
            by: ({ difference }) => difference,
            cell: ({ difference }) => changeText(difference),
          },
          {
            key: "interval",
            head: say("interval"),
            cell: ({ low, high }) => `${changeText(low)} … ${changeText(high)}`,
          },
          {
            key: "verdict",
            head: say("verdict"),
            kind: "text",
            by: (row) => row.verdict,
            cell: (row) => (
              <span class={row.verdict === "worse" ? "bad" : undefined}>
                {SIGNS[row.verdict]} {sayName("", row.verdict)}
              </span>
            ),
          },
        ]}
        rows={shown}
        keyOf={({ query, metric }) => `${query} ${metric}`}
        empty={say("no_queries")}
      />
      <p class="muted">{say("confidence", `${Math.round(confidence * 100)} %`)}</p>
    </section>
  );
}

function valueText({ metric }: ComparisonRow, value: number): string {
  if (metric === "error_rate") return shareText(value);
  return metric === "rate" ? say("per_second", rateText(value)) : latencyText(value);
}

/** An open end is not known. */
function changeText(value: number | null): string {
  if (value === null) return NOTHING;
  return `${value > 0 ? "+" : ""}${(value * 100).toFixed(1)} %`;
}
