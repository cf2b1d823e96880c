/** What was executed of suites and plans, the newest first. */

import type { ExecutionList } from "../api/library-calls.ts";
import { VerdictBadge } from "../frame/badge.tsx";
import { NOTHING } from "../frame/figures.ts";
import { timeText } from "../frame/preferences.ts";
import { hashOf } from "../frame/route.ts";
import { Table } from "../frame/table.tsx";
import { say, sayName } from "../words/words.ts";

export function Executions({ executions }: { executions: ExecutionList }) {
  return (
    <section id="executions" aria-labelledby="executions-title">
      <h2 id="executions-title">{say("executions")}</h2>
      <Table
        label={say("executions")}
        columns={[
          {
            key: "name",
            head: say("name"),
            cell: ({ id, name, kind }: ExecutionList[number]) => (
              <>
                <a href={hashOf({ page: "execution", id })}>{name}</a>
                <small>
                  {say(`kind_${kind}`)} · {id}
                </small>
              </>
            ),
          },
          { key: "phase", head: say("phase"), kind: "text", cell: ({ phase }) => say(phase) },
          {
            key: "verdict",
            head: say("verdict"),
            kind: "text",
            cell: ({ verdict }) => (verdict ? <VerdictBadge verdict={verdict} /> : NOTHING),
          },
          {
            key: "stages",
            head: say("stages"),
            kind: "text",
            cell: ({ stages }) =>
              stages.map(({ name, state }) => `${name}: ${sayName("", state)}`).join(", "),
          },
          { key: "by", head: say("asked_for_by"), kind: "text", cell: ({ created_by: by }) => by },
          {
            key: "created",
            head: say("begun"),
            by: ({ created_ms: createdMs }) => createdMs,
            cell: ({ created_ms: createdMs }) => timeText(createdMs),
          },
        ]}
        rows={executions}
        keyOf={({ id }) => id}
        empty={say("no_executions")}
      />
    </section>
  );
}
