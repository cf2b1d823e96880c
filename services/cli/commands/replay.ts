/** `logburst replay RUN`: folds a run's stored logs again, from their first message, and shows the report. */

import { type Bus, reportName } from "../../../libs/bus/bus.ts";
import { connectBus } from "../../../libs/bus/connect.ts";
import { contextOf } from "../../../libs/fold/context.ts";
import { reportOf } from "../../../libs/fold/report.ts";
import { createRunFold, type RunFold } from "../../../libs/fold/run-fold.ts";
import { MAX_POINTS } from "../../../libs/fold/timeline.ts";
import { validateConfig } from "../../../libs/protocol/config/read.ts";
import { parseMessage, parseObject } from "../../../libs/protocol/door.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { EXIT_CODES, type ExitCode } from "../../../libs/protocol/exit-codes.ts";
import type { Report } from "../../../libs/protocol/report.ts";
import { readLogEntry } from "../../../libs/protocol/result.ts";
import { isFinal, RunEvent, RunRecord, runKey, specKey } from "../../../libs/protocol/run.ts";
import { type Clock, sleep, systemClock } from "../../../libs/runtime/clock.ts";
import { busOptionsOf, natsUrlOf, readEnvironment } from "../../../libs/runtime/config.ts";
import { printSummary, writeReport } from "../output.ts";

export interface ReplayOptions {
  readonly nats?: string;
  /** Seconds of one point of the timeline. */
  readonly step?: number;
  readonly json: boolean;
  readonly out?: string;
}

const POLL_MS = 20;
/** Nothing more of the logs for so long, and the run is not whole: the rest is no longer there. */
const SILENCE_LIMIT_MS = 5000;

export async function replayCommand(run: string, options: ReplayOptions): Promise<ExitCode> {
  const environment = readEnvironment();
  await using bus = await connectBus(
    busOptionsOf(environment, "client", "logburst-replay", options.nats ?? natsUrlOf(environment)),
  );
  const report = await replay(bus, systemClock, run, options.step);
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else printSummary(report, environment);
  if (options.out !== undefined)
    for (const path of writeReport(report, options.out, [])) process.stderr.write(`${path}\n`);
  return EXIT_CODES.passed;
}

/** The report of a run that is over, from its logs alone. */
async function replay(bus: Bus, clock: Clock, id: string, stepS: number | undefined): Promise<Report> {
  const runs = await bus.runsBucket();
  const record = parseObject(RunRecord, (await runs.get(runKey(id)))?.value);
  if (!record.ok) {
    throw new LogburstError("not_found", `there is no run ${id}`, {
      remedies: ["name a run of this system; runs are kept for 30 days"],
    });
  }
  const { phase, revision, seed, warnings, failure } = record.value;
  requireReport(id, phase, failure);
  const spec = validateConfig((await runs.get(specKey(id, revision)))?.value);
  if (!spec.ok) throw new LogburstError("internal", `the config of run ${id} cannot be read`);
  const fold = createRunFold(id, spec.config, seed, stepS === undefined ? {} : { stepS });
  requireStep(record.value, stepS);
  await foldLogs(bus, clock, fold);
  return reportOf(fold, contextOf(spec.document, warnings, bus.serverVersion));
}

function requireReport(id: string, phase: RunRecord["phase"], failure: string | undefined): void {
  if (!isFinal(phase)) {
    throw new LogburstError("conflict", `run ${id} is not over yet: it is ${phase}`, {
      remedies: ["wait until it is over"],
    });
  }
  if (phase !== "failed") return;
  throw new LogburstError(
    "not_found",
    `run ${id} failed and has no report: ${failure ?? "no reason is known"}`,
    {
      remedies: ["name a run that was completed or stopped"],
    },
  );
}

function requireStep({ duration_ms: durationMs }: RunRecord, stepS: number | undefined): void {
  if (stepS === undefined || durationMs === undefined || durationMs / 1000 / stepS <= MAX_POINTS) return;
  const least = Math.ceil(durationMs / 1000 / MAX_POINTS);
  throw new LogburstError("bad_request", `--step ${stepS} gives more than ${MAX_POINTS} points`, {
    remedies: [`write --step ${least} or more for a run of ${durationMs / 1000} s`],
  });
}

/** Folds both logs from their beginnings until the run is whole. */
async function foldLogs(bus: Bus, clock: Clock, fold: RunFold): Promise<void> {
  const { id } = fold;
  const { names } = bus;
  let heardMs = clock.nowMs();
  const events = await bus.follow(
    names.streams.events,
    names.subjects.eventsOfRun(id),
    "beginning",
    (data, subject, seq) => {
      heardMs = clock.nowMs();
      const event = parseMessage(RunEvent, data);
      if (event.ok && subject === names.subjects.event(id, event.value.type)) fold.addEvent(event.value, seq);
    },
  );
  const results = await bus.follow(
    names.streams.results,
    names.subjects.resultsOfRun(id),
    "beginning",
    (data, subject, seq) => {
      heardMs = clock.nowMs();
      const entry = readLogEntry(names, data, subject);
      if (entry.kind === "unreadable") fold.addUnreadable(entry.why, seq);
      else fold.addEntry(entry, seq);
    },
  );
  try {
    while (!fold.isComplete()) {
      if (clock.nowMs() - heardMs > SILENCE_LIMIT_MS) throw await agedAway(bus, fold);
      await sleep(clock, POLL_MS);
    }
  } finally {
    await Promise.all([events.close(), results.close()]);
  }
}

/** Why a run that is over cannot be folded again. */
async function agedAway(bus: Bus, { id, ledger }: RunFold): Promise<LogburstError> {
  const stored = await (await bus.reportObjects()).get(reportName(id));
  return new LogburstError(
    "not_found",
    `the log of run ${id} is no longer whole: ${ledger.slicesSettled()} of its slices are in it (results are kept for a day)`,
    { remedies: stored === undefined ? [] : [`its report is still there: logburst report ${id}`] },
  );
}
