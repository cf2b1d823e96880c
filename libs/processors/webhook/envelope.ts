/** What a webhook sends: a CloudEvents 1.0 envelope, as JSON. */

import type { Hook } from "../../protocol/config/processors.ts";
import type { RunEnded, RunEndedMessage } from "../../protocol/processing.ts";
import type { Told } from "../processor.ts";

const EVENT_TYPES = {
  slices: "io.logburst.slices.settled",
  window: "io.logburst.window.closed",
  end: "io.logburst.run.ended",
} as const satisfies Record<Hook, string>;

export const MEDIA_TYPE = "application/cloudevents+json; charset=utf-8";

/** @param source names the deployment */
export function envelopeOf<H extends Hook>(hook: H, told: Told[H], source: string): string {
  const { id, at, run } = told;
  return JSON.stringify({
    specversion: "1.0",
    id,
    source,
    type: EVENT_TYPES[hook],
    subject: run,
    time: at,
    datacontenttype: "application/json",
    data: hook === "end" ? endOf(told as RunEnded) : withoutCommon(told),
  });
}

function withoutCommon({ id: _id, at: _at, ...data }: Told[Hook]): object {
  return data;
}

/** A report may have megabytes: its figures are told, its courses and samples can be fetched. */
function endOf({ id: _id, at: _at, report, ...end }: RunEnded): RunEndedMessage {
  if (!report) return end;
  const { verdict_reasons, started_at, ended_at, duration_ms, ledger, totals, thresholds } = report;
  return { ...end, verdict_reasons, started_at, ended_at, duration_ms, ledger, totals, thresholds };
}
