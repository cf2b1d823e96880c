/** Why queries were not answered, though they were planned. */

import type { Report } from "../../../../libs/protocol/report.ts";
import { count } from "../../../../libs/report/words.ts";
import { Table } from "../frame/table.tsx";
import { Tally } from "../run/queries.tsx";
import { say } from "../words/words.ts";
import { Section } from "./section.tsx";
import { tell, tellName } from "./words/words.ts";

type Reason = Report["reasons"][number];

export function Reasons({ reasons }: { reasons: readonly Reason[] }) {
  return (
    <Section id="reasons" title="reasons">
      <Table
        label={tell("reasons")}
        columns={[
          { key: "query", head: say("query"), by: ({ query }: Reason) => query, cell: ({ query }) => query },
          {
            key: "state",
            head: say("state"),
            kind: "text",
            by: ({ state }) => state,
            cell: ({ state }) => say(state),
          },
          {
            key: "reason",
            head: tell("reason"),
            kind: "text",
            by: ({ reason }) => reason,
            cell: ({ reason }) => tellName("why_", reason),
          },
          {
            key: "count",
            head: say("count"),
            by: (entry) => entry.count,
            cell: (entry) => <Tally value={entry.count} />,
          },
          { key: "slices", head: say("slices"), kind: "wide", cell: slicesText },
          { key: "nodes", head: tell("on_nodes"), kind: "wide", cell: ({ nodes }) => nodes.join(", ") },
        ]}
        rows={reasons}
        keyOf={({ state, reason, query }) => `${state} ${reason} ${query}`}
        empty={tell("no_reasons")}
      />
    </Section>
  );
}

/** Slices by lane.window. */
function slicesText({ slices, slices_more: more }: Reason): string {
  return `${slices.join(", ")}${more > 0 ? ` ${tell("and_more", count(more))}` : ""}`;
}
