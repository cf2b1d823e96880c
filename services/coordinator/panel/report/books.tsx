/** The books of a report: the ledger, what was sent on top of it, the warm-up, and the users' time. */

import type { IdleReason, Report, UserSeconds } from "../../../../libs/protocol/report.ts";
import { bytes, count } from "../../../../libs/report/words.ts";
import { Ledger } from "../run/ledger.tsx";
import { say } from "../words/words.ts";
import { exact } from "./numbers.ts";
import { tell, tellName } from "./words/words.ts";

export function Books({ report }: { report: Report }) {
  const { superseded: extra, warm_up: warmUp, user_seconds: time } = report;
  return (
    <>
      <Ledger ledger={report.ledger} isOver isBalanced={report.ledger_balanced} />
      {extra.results > 0 && (
        <p class="muted">
          {tell("extra_load", {
            ok: count(extra.ok),
            failed: count(extra.failed),
            timed_out: count(extra.timed_out),
            bytes: bytes(extra.bytes),
          })}
        </p>
      )}
      {warmUp && (
        <p class="muted">
          {tell("warm_up", {
            seconds: String(warmUp.duration_s),
            ok: count(warmUp.ok),
            failed: count(warmUp.failed),
            timed_out: count(warmUp.timed_out),
          })}
        </p>
      )}
      {time && <UserTime time={time} />}
    </>
  );
}

function Balance({ holds }: { holds: boolean }) {
  return (
    <strong class={`badge ${holds ? "passed" : "failed"}`}>{say(holds ? "balanced" : "not_balanced")}</strong>
  );
}

const inMs = (seconds: number) => Math.round(seconds * 1000);

/** The closed model's second sum. */
function UserTime({ time }: { time: UserSeconds }) {
  const idle = Object.entries(time.idle_by_reason) as [IdleReason, number][];
  const named = idle.reduce((sum, [, seconds]) => sum + inMs(seconds), 0);
  const holds = inMs(time.planned) === inMs(time.driven) + inMs(time.idle) && named === inMs(time.idle);
  const why = idle
    .filter(([, seconds]) => seconds !== 0)
    .map(([reason, seconds]) => `${exact(seconds)} ${tellName("idle_", reason)}`);
  return (
    <>
      <p class="sum" data-sum="user-time">
        {tell("user_time", {
          planned: exact(time.planned),
          driven: exact(time.driven),
          idle: exact(time.idle),
        })}{" "}
        <Balance holds={holds} />
      </p>
      {why.length > 0 && <p class="muted">{tell("idle_because", why.join(" + "))}</p>}
    </>
  );
}
