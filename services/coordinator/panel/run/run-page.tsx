/** The page of one run: the same while it goes on and when it is over. */

import { useEffect, useMemo } from "preact/hooks";
import type { RunRecord } from "../../../../libs/protocol/run.ts";
import { shownNowMs } from "../clock.ts";
import { LinkBadge, PhaseBadge, VerdictBadge } from "../frame/badge.tsx";
import { spanText } from "../frame/figures.ts";
import { ALL_RUNS, hashOf } from "../frame/route.ts";
import { Trouble } from "../frame/trouble.tsx";
import { loadText } from "../runs/load-text.tsx";
import { say } from "../words/words.ts";
import { Controls } from "./controls.tsx";
import { Events } from "./events.tsx";
import { Failures } from "./failures.tsx";
import { targetIn } from "./from-report.ts";
import { Ledger } from "./ledger.tsx";
import { Nodes } from "./nodes.tsx";
import { Notes } from "./notes.tsx";
import { type Progress, progressOf } from "./progress.ts";
import { Queries } from "./queries.tsx";
import { lengthS } from "./replay.ts";
import { Replay } from "./replay-bar.tsx";
import { RunCharts } from "./run-charts.tsx";
import { isOver, openRun, type RunStore } from "./run-store.ts";
import { saveReport } from "./save-report.ts";
import { Thresholds } from "./thresholds.tsx";
import { Tiles } from "./tiles.tsx";

interface RunPageProps {
  readonly id: string;
  readonly query: string | undefined;
}

export function RunPage({ id, query }: RunPageProps) {
  const store = useMemo(() => openRun(id), [id]);
  useEffect(() => store.close, [store]);
  const record = store.record.value;
  useEffect(() => {
    document.title = record ? `${record.name} · ${say(record.phase)} · Logburst` : "Logburst";
  });
  return (
    <main id="content">
      <p class="crumbs">
        <a href={hashOf(ALL_RUNS)}>{say("back_to_runs")}</a>
      </p>
      {store.error.value !== undefined && <Trouble error={store.error.value} />}
      {record ? (
        <Run store={store} record={record} query={query} />
      ) : (
        store.error.value === undefined && <p class="loading">{say("loading")}</p>
      )}
    </main>
  );
}

interface RunProps {
  readonly store: RunStore;
  readonly record: RunRecord;
  readonly query: string | undefined;
}

function Run({ store, record, query }: RunProps) {
  const figures = store.figures.value;
  const report = store.report.value;
  const isDone = report !== undefined && report !== null;
  const isReplayed = store.replayS.value !== undefined;
  return (
    <>
      <Title store={store} record={record} />
      <Controls record={record} onDone={store.take} />
      {report && <Replay lengthS={lengthS(report)} at={store.replayS} />}
      <Tiles record={record} figures={figures} report={isReplayed ? undefined : report} />
      {report === null && <p class="muted">{say("report_missing")}</p>}
      {figures && <Ledger ledger={figures.ledger} isOver={isDone && !isReplayed} />}
      {figures && <Thresholds thresholds={figures.thresholds} />}
      <RunCharts store={store} record={record} query={query} />
      <div class="tables">
        {figures && <Queries id={record.id} rows={figures.queries} chosen={query} isOver={isDone} />}
        {figures && (
          <Failures rows={figures.errors} chosen={query} target={report ? targetIn(report) : undefined} />
        )}
        <Nodes rows={store.nodes.value} isOver={isDone} />
        <Events happenings={store.happenings.value} />
      </div>
      <Notes id={record.id} />
    </>
  );
}

function Title({ store, record }: Omit<RunProps, "query">) {
  const { id, name, phase, verdict, verdict_reasons: reasons, failure, created_by: by, model, seed } = record;
  return (
    <div class="title">
      <h1>{name}</h1>
      <p class="muted">
        <code>{id}</code> · {say(`model_${model}`)} · {loadText(record)} · {say("seed")} {seed}
        {by && ` · ${say("asked_by", by)}`}
      </p>
      <p class="states">
        <PhaseBadge phase={phase} />
        {verdict && <VerdictBadge verdict={verdict} />}
        <ProgressText progress={progressOf(record, store.heard.value, shownNowMs.value)} />
        <a href={hashOf({ page: "new", clone: id })}>{say("clone")}</a>
        {record.series !== undefined && (
          <a href={hashOf({ page: "one-series", id: record.series })}>{say("part_of", record.series)}</a>
        )}
        {isOver(phase) ? <ReportLink store={store} /> : <LinkBadge state={store.link.value} />}
      </p>
      {(failure !== undefined || reasons.length > 0) && (
        <ul class="why">
          {failure !== undefined && <li class="bad">{failure}</li>}
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      <ProgressBar progress={progressOf(record, store.heard.value, shownNowMs.value)} />
    </div>
  );
}

function ProgressText({ progress }: { progress: Progress }) {
  switch (progress.kind) {
    case "waiting_for_start":
      return <span>{say("not_started")}</span>;
    case "waiting_for_word":
      return <span>{say("approval_until", spanText(progress.leftMs))}</span>;
    case "mustering":
      return <span>{say("slots_held", { n: String(progress.held), of: String(progress.needed) })}</span>;
    case "going": {
      const { elapsedMs, lengthMs } = progress;
      if (lengthMs === undefined) return <span>{say("elapsed", spanText(elapsedMs))}</span>;
      return (
        <span>
          {say("left", spanText(lengthMs - elapsedMs))} <small>{say("of_length", spanText(lengthMs))}</small>
        </span>
      );
    }
    case "over":
      return progress.agoMs === undefined ? null : <span>{say("over_since", spanText(progress.agoMs))}</span>;
    default:
      return progress satisfies never;
  }
}

function ProgressBar({ progress }: { progress: Progress }) {
  if (progress.kind === "mustering")
    return (
      <progress aria-label={say("mustering")} value={progress.held} max={Math.max(1, progress.needed)} />
    );
  if (progress.kind !== "going" || progress.lengthMs === undefined) return null;
  return <progress aria-label={say("running")} value={progress.elapsedMs} max={progress.lengthMs} />;
}

/** The file is asked for with the token, so it is a button rather than an address. */
function ReportLink({ store }: { store: RunStore }) {
  const record = store.record.value;
  if (!record || !store.report.value) return null;
  return (
    <button type="button" onClick={() => void saveReport(record.id)}>
      {say("report")} (HTML)
    </button>
  );
}
