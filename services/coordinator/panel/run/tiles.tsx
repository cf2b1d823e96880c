/** The figures that are looked at first. */

import type { ComponentChildren } from "preact";
import type { Report } from "../../../../libs/protocol/report.ts";
import type { RunRecord } from "../../../../libs/protocol/run.ts";
import { VerdictBadge } from "../frame/badge.tsx";
import { countText, latencyText, NOTHING, rateText, shareText } from "../frame/figures.ts";
import { say } from "../words/words.ts";
import { type Figures, standingOf } from "./view.ts";

interface TilesProps {
  readonly record: Pick<RunRecord, "model" | "verdict">;
  readonly figures: Figures | undefined;
  readonly report: Report | null | undefined;
}

export function Tiles({ record, figures, report }: TilesProps) {
  const head = figures?.headline;
  const since = say(report ? "whole_run" : "last_10_s");
  const p95Hint = report
    ? record.model === "open"
      ? "p95_hint_response"
      : "p95_hint_service"
    : "p95_hint_live";
  return (
    <dl class="tiles">
      <Tile id="planned" name={say("planned_rate")} hint={since}>
        <Rate value={head?.plannedPerS} />
      </Tile>
      <Tile id="sent" name={say("sent_rate")} hint={since}>
        <Rate value={head?.sentPerS} />
      </Tile>
      <Tile id="ok" name={say("ok_rate")} hint={since}>
        <Rate value={head?.okPerS} />
      </Tile>
      {!report && (
        <Tile id="in-flight" name={say("in_flight")} hint={say("now")}>
          {countText(head?.inFlight)}
        </Tile>
      )}
      <Tile id="p95" name={say("p95")} hint={say(p95Hint)}>
        {latencyText(head?.p95Ms)}
      </Tile>
      <Tile
        id="errors"
        name={say("error_share")}
        hint={`${say("error_hint")}, ${since}`}
        isBad={(head?.errorShare ?? 0) > 0}
      >
        {shareText(head?.errorShare)}
      </Tile>
      <Tile id="workers" name={say("workers")} hint={say(report ? "whole_run" : "now")}>
        {countText(head?.workers)}
      </Tile>
      <Standing record={record} figures={figures} />
    </dl>
  );
}

interface TileProps {
  readonly id: string;
  readonly name: string;
  readonly hint: string;
  readonly isBad?: boolean;
  readonly children: ComponentChildren;
}

function Tile({ id, name, hint, isBad, children }: TileProps) {
  return (
    <div class="tile" data-tile={id}>
      <dt>{name}</dt>
      <dd class={isBad ? "bad" : undefined}>{children}</dd>
      <dd class="hint">{hint}</dd>
    </div>
  );
}

function Rate({ value }: { value: number | undefined }) {
  return <>{value === undefined ? NOTHING : say("per_second", rateText(value))}</>;
}

function Standing({ record, figures }: Pick<TilesProps, "record" | "figures">) {
  const soFar = standingOf(figures?.thresholds ?? []);
  const isJudged = record.verdict !== undefined;
  const verdict = record.verdict ?? soFar;
  const hint = isJudged ? "whole_run" : soFar === undefined ? "no_thresholds" : "so_far";
  return (
    <Tile id="verdict" name={say("verdict")} hint={say(hint)}>
      {verdict === undefined || (!isJudged && verdict === "inconclusive") ? (
        <span class="muted">{say("undecided")}</span>
      ) : (
        <VerdictBadge verdict={verdict} />
      )}
    </Tile>
  );
}
