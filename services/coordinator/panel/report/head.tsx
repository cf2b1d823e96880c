/** The top of a report: the verdict and why, what was run, and how it is shown. */

import type { Report } from "../../../../libs/protocol/report.ts";
import { count, durationText } from "../../../../libs/report/words.ts";
import { PhaseBadge, VerdictBadge } from "../frame/badge.tsx";
import { Wishes } from "../frame/wishes.tsx";
import { say } from "../words/words.ts";
import { tell } from "./words/words.ts";

export function Head({ report }: { report: Report }) {
  const { name, run_id: id, verdict, verdict_reasons: reasons, phase, model, warnings } = report;
  const planned = report.planned_duration_ms;
  return (
    <header class="title">
      <p class="wishes">
        <span class="muted">{tell("logburst_report")}</span> <Wishes />
      </p>
      <h1>{name}</h1>
      <p class="states">
        <VerdictBadge verdict={verdict} />
        {phase !== "completed" && <PhaseBadge phase={phase} />}
        {warnings.length > 0 && <a href="#origin">{tell("warned", String(warnings.length))}</a>}
      </p>
      {reasons.length > 0 && (
        <ul class="why">
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      <p class="muted">
        {say("run")} <code>{id}</code> · {say(`model_${model}`)} · <Instant iso={report.started_at} /> ·{" "}
        {durationText(report.duration_ms)}
        {planned !== null && ` ${tell("of_planned", durationText(planned))}`}
        {report.muster && ` · ${musterWords(report.muster)}`}
      </p>
    </header>
  );
}

/** How long the run waited for its workers. */
function musterWords(muster: NonNullable<Report["muster"]>): string {
  return tell("mustered", {
    held: count(muster.slots_held),
    needed: count(muster.slots_needed),
    workers: count(muster.workers),
    duration: durationText(muster.duration_ms),
  });
}

/** `2026-03-01T10:00:00.000Z` as `2026-03-01 10:00:00 UTC`; any other text stays as it is. */
function Instant({ iso }: { iso: string }) {
  const [, day, time] = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.\d+)?Z$/.exec(iso) ?? [];
  return day === undefined ? iso : <time dateTime={iso}>{`${day} ${time} UTC`}</time>;
}
