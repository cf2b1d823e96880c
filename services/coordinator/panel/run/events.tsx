/** What happened to a run, the newest first. */

import { clockText, NOTHING } from "../frame/figures.ts";
import { timeText } from "../frame/preferences.ts";
import { Table } from "../frame/table.tsx";
import { say, sayName } from "../words/words.ts";
import type { Happening } from "./happenings.ts";

export function Events({ happenings }: { happenings: readonly Happening[] }) {
  return (
    <section id="events" aria-labelledby="events-title">
      <h2 id="events-title">{say("events")}</h2>
      <Table
        label={say("events")}
        columns={[
          {
            key: "time",
            head: say("time"),
            cell: ({ runMs }: Happening) => (runMs === undefined ? NOTHING : clockText(runMs / 1000)),
          },
          {
            key: "at",
            head: say("clock"),
            cell: ({ atMs }) => (atMs === undefined ? NOTHING : timeText(atMs)),
          },
          { key: "event", head: say("event"), kind: "text", cell: ({ type }) => sayName("ev_", type) },
          { key: "what", head: say("what"), kind: "wide", cell: ({ text }) => text },
        ]}
        rows={happenings.toReversed()}
        // Events are only added, so each keeps its place from the beginning.
        keyOf={(_row, index) => String(happenings.length - index)}
        empty={say("no_events")}
      />
    </section>
  );
}
