/** One series: its runs, what a search has found or how far repeats scatter, and a way to end it. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { SeriesRecord, SeriesStep } from "../../../../libs/protocol/series.ts";
import { getSeries, stopSeries } from "../api/system-calls.ts";
import { useAsked } from "../frame/asked.ts";
import { PhaseBadge } from "../frame/badge.tsx";
import { Dialog, Reason } from "../frame/dialog.tsx";
import { latencyText, NOTHING, rateText, shareText } from "../frame/figures.ts";
import { timeText } from "../frame/preferences.ts";
import { RoleButton } from "../frame/role-button.tsx";
import { hashOf } from "../frame/route.ts";
import { Table } from "../frame/table.tsx";
import { Trouble } from "../frame/trouble.tsx";
import { Capacity, StepTable } from "../report/capacity.tsx";
import { exact } from "../report/numbers.ts";
import { tellName } from "../report/words/words.ts";
import { say } from "../words/words.ts";
import { type Spread, type SpreadFigure, spreadsOf } from "./spread.ts";

const POLL_MS = 2000;

export function OneSeriesPage({ id }: { id: string }) {
  const { found, error, after } = useAsked(id, POLL_MS, () => getSeries(id));
  const series = found.value;
  useEffect(() => {
    document.title = `${series?.name ?? id} · Logburst`;
  });
  return (
    <main id="content">
      <p class="crumbs">
        <a href={hashOf({ page: "series" })}>{say("series")}</a>
      </p>
      {error.value !== undefined && <Trouble error={error.value} />}
      {series ? (
        <>
          <Head series={series} onStop={(reason) => void after(stopSeries(id, reason))} />
          {series.kind === "search" ? (
            <Capacity series={series} run={undefined} />
          ) : (
            <Repeats steps={series.steps} />
          )}
        </>
      ) : (
        error.value === undefined && <p class="loading">{say("loading")}</p>
      )}
    </main>
  );
}

interface HeadProps {
  readonly series: SeriesRecord;
  readonly onStop: (reason: string) => void;
}

function Head({ series, onStop }: HeadProps) {
  const { id, name, kind, phase, seed, failure, stop, execution } = series;
  const isAsking = useSignal(false);
  return (
    <div class="title">
      <h1>{name}</h1>
      <p class="muted">
        {say(`series_${kind}`)} · <code>{id}</code> · {say("seed")} {seed}
        {series.created_by !== undefined && ` · ${say("asked_by", series.created_by)}`} ·{" "}
        {timeText(series.created_ms)}
      </p>
      <p class="states">
        <PhaseBadge phase={phase} />
        {phase === "running" && <Current current={series.current} />}
        {execution !== undefined && (
          <a href={hashOf({ page: "execution", id: execution })}>{say("part_of", execution)}</a>
        )}
        {phase === "running" && (
          <RoleButton
            needed="operator"
            isGrave={true}
            isBusy={stop !== undefined}
            onPress={() => (isAsking.value = true)}
          >
            {say("do_stop")}
          </RoleButton>
        )}
      </p>
      {failure !== undefined && <p class="bad">{failure}</p>}
      {stop && <p>{say("stopped_by", { by: stop.by, why: stop.reason })}</p>}
      {isAsking.value && (
        <Stopping
          onAnswer={(reason) => {
            isAsking.value = false;
            onStop(reason);
          }}
          onCancel={() => (isAsking.value = false)}
        />
      )}
    </div>
  );
}

/** The run that is live, or about to be. */
function Current({ current: { run_id: id, stage, load } }: Pick<SeriesRecord, "current">) {
  return (
    <span>
      {say("now")}: <a href={hashOf({ page: "run", id, query: undefined })}>{id}</a>{" "}
      <small>
        {tellName("stage_", stage)}
        {load !== null && ` · ${say("load")} ${exact(load)}`}
      </small>
    </span>
  );
}

interface StoppingProps {
  readonly onAnswer: (reason: string) => void;
  readonly onCancel: () => void;
}

function Stopping({ onAnswer, onCancel }: StoppingProps) {
  const reason = useSignal("");
  return (
    <Dialog
      title={say("do_stop")}
      isGrave={true}
      onSubmit={() => onAnswer(reason.value.trim())}
      onCancel={onCancel}
    >
      <p>{say("sure_stop_series")}</p>
      <Reason text={reason} isNeeded={false} />
    </Dialog>
  );
}

const FIGURE_TEXTS: Readonly<Record<SpreadFigure, (value: number) => string>> = {
  completed_per_s: (value) => say("per_second", rateText(value)),
  error_rate: shareText,
  p50_ms: latencyText,
  p99_ms: latencyText,
};

function Repeats({ steps }: { steps: readonly SeriesStep[] }) {
  const textOf = ({ figure }: Spread, value: number) => FIGURE_TEXTS[figure](value);
  return (
    <>
      <section id="steps" aria-labelledby="steps-title">
        <h2 id="steps-title">{say("runs")}</h2>
        {steps.length === 0 ? (
          <p class="empty">{say("no_steps")}</p>
        ) : (
          <StepTable steps={steps} run={undefined} />
        )}
      </section>
      <section id="spread" aria-labelledby="spread-title">
        <h2 id="spread-title">{say("spread")}</h2>
        <Table
          label={say("spread")}
          columns={[
            { key: "figure", head: say("figure"), cell: ({ figure }: Spread) => say(`figure_${figure}`) },
            { key: "mean", head: say("mean"), cell: (row) => textOf(row, row.mean) },
            { key: "least", head: say("least"), cell: (row) => textOf(row, row.least) },
            { key: "most", head: say("max"), cell: (row) => textOf(row, row.most) },
            {
              key: "scatter",
              head: say("scatter"),
              cell: ({ scatter }) => (scatter === undefined ? NOTHING : shareText(scatter)),
            },
          ]}
          rows={spreadsOf(steps)}
          keyOf={({ figure }) => figure}
          empty={say("no_steps")}
        />
        <p class="muted">{say("spread_hint")}</p>
      </section>
    </>
  );
}
