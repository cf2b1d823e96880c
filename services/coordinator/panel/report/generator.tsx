/** How the generator did: what speaks against its figures, its workers at their worst, its slices, and what was refused. */

import type { Report } from "../../../../libs/protocol/report.ts";
import { bytes, count, milliseconds } from "../../../../libs/report/words.ts";
import { clockText, decimalText } from "../frame/figures.ts";
import { type Column, Table } from "../frame/table.tsx";
import { Tally } from "../run/queries.tsx";
import { say } from "../words/words.ts";
import { Percentile, sortedBy } from "./percentile.tsx";
import { Section } from "./section.tsx";
import { tell } from "./words/words.ts";

type Node = Report["nodes"][number];
type Refused = Report["refused"][number];

const BYTES_PER_MB = 1_000_000;

export function Generator({ report }: { report: Report }) {
  const { generator_faults: faults, nodes, slices, refused } = report;
  return (
    <Section id="nodes" title="generator">
      {faults.length === 0 ? (
        <p class="well">✓ {tell("no_faults")}</p>
      ) : (
        <ul class="why">
          {faults.map((fault) => (
            <li key={fault} class="bad">
              {fault}
            </li>
          ))}
        </ul>
      )}
      <Table
        label={say("nodes")}
        columns={nodeColumns()}
        rows={nodes}
        keyOf={({ node_id: id }) => id}
        empty={tell("no_results")}
      />
      <p class="muted">
        {say("nodes_worst")}{" "}
        {tell("slices_line", {
          planned: slices.planned === null ? "–" : count(slices.planned),
          published: count(slices.published),
          settled: count(slices.settled),
          redelivered: count(slices.redelivered),
          superseded: count(slices.superseded),
          refused: count(slices.results_refused),
        })}
      </p>
      {refused.length > 0 && <RefusedTable refused={refused} />}
    </Section>
  );
}

function nodeColumns(): Column<Node>[] {
  const figure = (
    key: string,
    head: string,
    of: (node: Node) => number,
    words: (value: number) => string,
  ) => ({
    ...{ key, head, by: of },
    cell: (node: Node) => words(of(node)),
  });
  return [
    { key: "node", head: say("node"), by: ({ node_id: id }) => id, cell: ({ node_id: id }) => id },
    {
      key: "state",
      head: say("state"),
      kind: "text",
      by: ({ state }) => state,
      cell: ({ state }) =>
        state === "lost" ? <strong class="bad">{say("node_lost_state")}</strong> : say("node_finished"),
    },
    {
      key: "active",
      head: tell("active"),
      by: ({ first_ms }) => first_ms,
      cell: ({ first_ms, last_ms }) => `${clockText(first_ms / 1000)} – ${clockText(last_ms / 1000)}`,
    },
    figure("slices", say("slices"), ({ slices }) => slices, count),
    figure("redelivered", tell("redelivered"), (node) => node.slices_redelivered, count),
    figure("planned", say("planned"), ({ ledger }) => ledger.planned, count),
    {
      key: "wrong",
      head: say("errors"),
      by: ({ ledger }) => ledger.failed + ledger.timed_out,
      cell: ({ ledger }) => <Tally value={ledger.failed + ledger.timed_out} isBad />,
    },
    {
      key: "p95",
      head: say("p95"),
      by: ({ service_ms: latency }) => sortedBy({ latency, name: "p95" }),
      cell: ({ service_ms: latency }) => <Percentile latency={latency} name="p95" />,
    },
    figure(
      "cpu",
      say("cpu_cores"),
      (node) => node.cpu_cores_max,
      (value) => decimalText(value, 2),
    ),
    figure(
      "memory",
      say("memory"),
      (node) => node.rss_mb_max,
      (value) => bytes(value * BYTES_PER_MB),
    ),
    figure("loop", say("loop_delay"), (node) => node.loop_delay_p99_ms_max, milliseconds),
    figure("clock", say("clock_error"), (node) => node.clock_error_ms_max, milliseconds),
  ];
}

/** Results that cannot be true, or came from a leader that was deposed. */
function RefusedTable({ refused }: { refused: readonly Refused[] }) {
  return (
    <Table
      label={tell("refused")}
      columns={[
        { key: "why", head: tell("refused"), cell: ({ why }: Refused) => why },
        { key: "count", head: say("count"), cell: (entry) => <Tally value={entry.count} /> },
        { key: "nodes", head: tell("on_nodes"), kind: "wide", cell: ({ nodes }) => nodes.join(", ") },
      ]}
      rows={refused}
      keyOf={({ why }) => why}
      empty=""
    />
  );
}
