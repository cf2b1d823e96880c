/** Series of runs, and what was executed of suites and plans: all that is more than one run. */

import { useEffect } from "preact/hooks";
import type { SeriesRecord } from "../../../../libs/protocol/series.ts";
import { listExecutions } from "../api/library-calls.ts";
import { listSeries } from "../api/system-calls.ts";
import { useAsked } from "../frame/asked.ts";
import { PhaseBadge } from "../frame/badge.tsx";
import { NOTHING } from "../frame/figures.ts";
import { timeText } from "../frame/preferences.ts";
import { hashOf } from "../frame/route.ts";
import { Table } from "../frame/table.tsx";
import { Trouble } from "../frame/trouble.tsx";
import { Executions } from "../library/executions.tsx";
import { exact } from "../report/numbers.ts";
import { say } from "../words/words.ts";

const POLL_MS = 4000;

export function SeriesPage() {
  const { found, error } = useAsked("series", POLL_MS, async () => {
    const [series, executions] = await Promise.all([listSeries(), listExecutions()]);
    return { series, executions };
  });
  useEffect(() => {
    document.title = `${say("series")} · Logburst`;
  });
  return (
    <main id="content">
      <h1>{say("series")}</h1>
      {error.value !== undefined && <Trouble error={error.value} />}
      {found.value ? (
        <>
          <SeriesTable series={found.value.series} />
          <Executions executions={found.value.executions} />
        </>
      ) : (
        error.value === undefined && <p class="loading">{say("loading")}</p>
      )}
    </main>
  );
}

function SeriesTable({ series }: { series: readonly SeriesRecord[] }) {
  return (
    <section id="series" aria-label={say("series")}>
      <Table
        label={say("series")}
        columns={[
          {
            key: "name",
            head: say("name"),
            by: ({ name }: SeriesRecord) => name,
            cell: ({ id, name }) => (
              <>
                <a href={hashOf({ page: "one-series", id })}>{name}</a>
                <small>{id}</small>
              </>
            ),
          },
          {
            key: "kind",
            head: say("kind"),
            kind: "text",
            by: ({ kind }) => kind,
            cell: ({ kind }) => say(`series_${kind}`),
          },
          {
            key: "phase",
            head: say("phase"),
            kind: "text",
            by: ({ phase }) => phase,
            cell: ({ phase }) => <PhaseBadge phase={phase} />,
          },
          {
            key: "runs",
            head: say("runs_over"),
            by: ({ steps }) => steps.length,
            cell: ({ steps }) => steps.length,
          },
          { key: "found", head: say("found"), kind: "text", cell: foundText },
          { key: "by", head: say("asked_for_by"), kind: "text", cell: ({ created_by: by }) => by ?? NOTHING },
          {
            key: "begun",
            head: say("begun"),
            by: ({ created_ms: createdMs }) => createdMs,
            cell: ({ created_ms: createdMs }) => timeText(createdMs),
          },
        ]}
        rows={series}
        keyOf={({ id }) => id}
        empty={say("no_series")}
      />
    </section>
  );
}

/** A search's load, or how many repeats passed. */
function foundText({ kind, result, steps }: SeriesRecord): string {
  if (kind === "search") return result?.load == null ? NOTHING : exact(result.load);
  const passed = steps.filter(({ verdict }) => verdict === "passed").length;
  return steps.length === 0 ? NOTHING : say("passed_of", { n: String(passed), of: String(steps.length) });
}
