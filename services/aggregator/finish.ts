/** The end of a run, which a threshold may bring about: its report is made, stored, written to a volume if asked for, and announced. */

import { type Bus, type Objects, reportName } from "../../libs/bus/bus.ts";
import { contextOf } from "../../libs/fold/context.ts";
import { reportOf } from "../../libs/fold/report.ts";
import type { Crossing } from "../../libs/fold/verdict/thresholds.ts";
import type { ResultsFolder } from "../../libs/processors/files.ts";
import { messageOf } from "../../libs/protocol/errors.ts";
import type { Report } from "../../libs/protocol/report.ts";
import type { RunEvent } from "../../libs/protocol/run.ts";
import { type Clock, sleep } from "../../libs/runtime/clock.ts";
import type { Log } from "../../libs/runtime/log.ts";
import type { LiveRun } from "./live-runs.ts";
import { writeReportFiles } from "./report-files.ts";

export interface FinishParts extends ResultsFolder {
  readonly bus: Bus;
  readonly reports: Objects;
  readonly clock: Clock;
  readonly log: Log;
}

const EVENT_TRIES = 20;
const STORE_TRIES = 20;
const STORE_PAUSE_MS = 1000;

/** Stores a complete run's report. May be done again: the same log gives the same report. */
export async function storeReport(parts: FinishParts, run: LiveRun): Promise<Report> {
  const { bus, reports, log } = parts;
  const report = reportOf(run.fold, contextOf(run.document, run.record.warnings, bus.serverVersion));
  await storeWithPatience(parts, () => reports.put(reportName(run.fold.id), JSON.stringify(report)));
  await writeReportFiles(report, run.fold.config, parts, log);
  return report;
}

/** Says that a report is stored. Under one id, so that saying it again soon changes nothing. */
export async function announceReport(
  { bus, clock, log }: FinishParts,
  { run_id: run, verdict, verdict_reasons, ledger }: Report,
  epoch: number,
): Promise<void> {
  const common = { v: 1, run, at_ms: clock.nowMs(), epoch } as const;
  const event: RunEvent = { ...common, type: "reported", verdict, verdict_reasons };
  await bus.append(bus.names.subjects.event(run, "reported"), event, {
    id: `${run}.reported`,
    tries: EVENT_TRIES,
  });
  log.info({ run_id: run, verdict, ledger }, "report is stored");
}

/** Says that a threshold was crossed that is to end its run. Under one id, as above. */
export async function announceCrossing(
  { bus, clock, log }: FinishParts,
  { fold: { id: run }, record: { epoch } }: LiveRun,
  { threshold, words }: Crossing,
): Promise<void> {
  const common = { v: 1, run, at_ms: clock.nowMs(), epoch } as const;
  const event: RunEvent = { ...common, type: "threshold_crossed", threshold, words };
  await bus.append(bus.names.subjects.event(run, event.type), event, {
    id: `${run}.${event.type}`,
    tries: EVENT_TRIES,
  });
  log.warn({ run_id: run, words }, "a threshold was crossed that ends the run");
}

async function storeWithPatience({ clock, log }: FinishParts, store: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await store();
      return;
    } catch (error) {
      if (attempt >= STORE_TRIES) throw error;
      log.warn({ err: messageOf(error) }, "the report could not be stored yet");
      await sleep(clock, STORE_PAUSE_MS);
    }
  }
}
