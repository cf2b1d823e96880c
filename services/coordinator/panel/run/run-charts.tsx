/** The charts of a run, out of what its page knows. */

import { useComputed } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { RunRecord } from "../../../../libs/protocol/run.ts";
import { bandsOf } from "../charts/bands.ts";
import { Charts } from "../charts/charts.tsx";
import { columnsOf } from "../charts/columns.ts";
import type { Drawn, OneQuery } from "../charts/drawn.ts";
import { heatColumnsOf } from "../charts/heat.ts";
import { limitsOf } from "../charts/limits.ts";
import { marksOf } from "../charts/marks.ts";
import { columnsOfBlocks } from "../charts/query-columns.ts";
import { showAll, zoom } from "../charts/zoom.ts";
import { say } from "../words/words.ts";
import type { RunStore } from "./run-store.ts";

interface RunChartsProps {
  readonly store: RunStore;
  readonly record: RunRecord;
  readonly query: string | undefined;
}

/** A page that was opened so late has not heard what was before. */
const LATE_S = 5;

export function RunCharts({ store, record, query }: RunChartsProps) {
  useEffect(() => showAll, []);
  const drawn = useDrawn(store, record, query);
  const first = drawn.columns.second[0];
  const isLate = !store.report.value && (first ?? 0) > LATE_S;
  return (
    <section id="charts" aria-labelledby="charts-title">
      <h2 id="charts-title">{say("over_time")}</h2>
      {first === undefined ? (
        <p class="empty">{say("no_points")}</p>
      ) : (
        <>
          <p class="muted chart-help">
            {zoom.value ? (
              <button type="button" onClick={showAll}>
                {say("reset_zoom")}
              </button>
            ) : (
              say("zoom_hint")
            )}{" "}
            {drawn.bands.length > 0 && say("bands_hint")} {isLate && say("heard_since")}{" "}
            {drawn.only && <QueryNote only={drawn.only} kept={store.book.value.queries.size} />}
          </p>
          <Charts drawn={drawn} />
        </>
      )}
    </section>
  );
}

function useDrawn(store: RunStore, { model }: RunRecord, query: string | undefined): Drawn {
  const columns = useComputed(() => columnsOf(store.book.value.points, store.figures.value?.settledS)).value;
  const heat = useComputed(() => heatColumnsOf(store.book.value.points, store.figures.value?.settledS)).value;
  const marks = useComputed(() => marksOf(store.happenings.value)).value;
  const bands = useComputed(() =>
    bandsOf(store.book.value.points, store.report.value?.warm_up?.duration_s),
  ).value;
  const limits = useComputed(() => limitsOf(store.figures.value?.thresholds ?? [])).value;
  const { fleet, servers } = store.book.value;
  return {
    ...{ columns, heat, marks, bands, limits, fleet, servers },
    isClosed: model === "closed",
    isAsked: model === "open" && !store.report.value,
    only: useOnly(store, query),
  };
}

function useOnly(store: RunStore, name: string | undefined): OneQuery | undefined {
  const points = name === undefined ? undefined : store.book.value.queries.get(name);
  const untilS = store.figures.value?.settledS;
  const report = store.report.value;
  const kept = useMemo(
    () => points && { columns: columnsOf(points, untilS), heat: heatColumnsOf(points, untilS) },
    [points, untilS],
  );
  const blocks = useMemo(
    () => (report && name !== undefined ? columnsOfBlocks(report, name) : undefined),
    [report, name],
  );
  return useMemo(() => (name === undefined ? undefined : { name, kept, blocks }), [name, kept, blocks]);
}

/** @param kept how many queries are kept over time */
function QueryNote({ only, kept }: { only: OneQuery; kept: number }) {
  if (only.kept) return <>{say("query_kept", only.name)}</>;
  const [word, number] = [only.blocks ? "query_in_blocks" : "query_not_kept", String(kept)] as const;
  return <>{say(word, number)}</>;
}
