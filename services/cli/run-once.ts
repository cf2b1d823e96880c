/** Submits one run, or a series of them, follows it to its end and gives its report; Ctrl-C stops the run in order, a second one leaves at once. */

import { messageOf } from "../../libs/protocol/errors.ts";
import { EXIT_CODES, type ExitCode, exitCodeOf } from "../../libs/protocol/exit-codes.ts";
import type { Live } from "../../libs/protocol/live.ts";
import type { Report } from "../../libs/protocol/report.ts";
import type { RunRecord } from "../../libs/protocol/run.ts";
import type { SeriesRecord } from "../../libs/protocol/series.ts";
import { stepLine } from "../../libs/series/text.ts";
import type { Client } from "./client.ts";
import type { LiveView } from "./live-view.ts";

export interface RunOutcome {
  readonly record: RunRecord;
  /** None when the run never began. */
  readonly report: Report | undefined;
  readonly exitCode: ExitCode;
  /** What it was a run of, and the reports of all its runs. */
  readonly series?: { readonly record: SeriesRecord; readonly reports: readonly Report[] };
}

export interface RunOnceOptions {
  readonly client: Client;
  /** The config, as JSON or YAML. */
  readonly text: string;
  readonly view: LiveView;
  /** Rejects when the run cannot go on. */
  readonly failure?: Promise<never>;
  readonly onLive?: (live: Live) => void;
  /** The run is accepted. @returns what is to be called when it is over */
  readonly onAccepted?: (run: RunRecord) => () => void;
  /** What a second Ctrl-C does before the process ends. */
  readonly onAbandon: () => Promise<void>;
}

export async function runOnce(options: RunOnceOptions): Promise<RunOutcome> {
  const { client, view } = options;
  const submitted = await client.submit(options.text);
  for (const warning of submitted.warnings) view.note(`note: ${warning}`);
  const release = options.onAccepted?.(submitted);
  let interrupted = false;
  let current = submitted.id;

  function interrupt(): void {
    if (interrupted) {
      void options.onAbandon().finally(() => process.exit(EXIT_CODES.interrupted));
      return;
    }
    interrupted = true;
    view.note("stopping: the report follows (again to leave at once)");
    client
      .stop(current)
      .catch((error: unknown) => view.note(`the run could not be stopped: ${messageOf(error)}`));
  }

  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    const reports: Report[] = [];
    for (;;) {
      const following = client.follow(current, {
        record: view.record,
        live(live) {
          view.live(live);
          options.onLive?.(live);
        },
      });
      const record = await (options.failure ? Promise.race([following, options.failure]) : following);
      const ended = await outcomeOf(client, record);
      const outcome = interrupted ? { ...ended, exitCode: EXIT_CODES.interrupted } : ended;
      if (record.series === undefined) return outcome;
      if (outcome.report) reports.push(outcome.report);
      const series = await client.afterRun(record.series, record.id);
      for (const step of series.steps.slice(reports.length - 1)) view.note(stepLine(step));
      if (series.phase !== "running")
        return {
          ...outcome,
          exitCode: exitCodeOfSeries(series, outcome.exitCode),
          series: { record: series, reports },
        };
      current = series.current.run_id;
    }
  } finally {
    release?.();
    view.close();
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

/** What a run that is over has come to. */
async function outcomeOf(client: Client, record: RunRecord): Promise<RunOutcome> {
  const report = record.t0_ms === undefined ? undefined : await client.report(record.id);
  return { record, report, exitCode: exitCodeOf({ ...record, comparison: report?.comparison }) };
}

/** Waits for the end of a run that somebody else watches, and of the series that it begins. */
export async function followToEnd(client: Client, id: string): Promise<ExitCode> {
  for (let current = id; ; ) {
    const record = await client.follow(current, { record: () => undefined, live: () => undefined });
    const { exitCode } = await outcomeOf(client, record);
    if (record.series === undefined) return exitCode;
    const series = await client.afterRun(record.series, record.id);
    if (series.phase !== "running") return exitCodeOfSeries(series, exitCode);
    current = series.current.run_id;
  }
}

/**
 * A search has found what it was asked for, whatever its last step; of repeats the worst says how they ended.
 * @param last the code of its last run
 */
function exitCodeOfSeries({ phase, kind, steps }: SeriesRecord, last: ExitCode): ExitCode {
  if (phase !== "completed") return phase === "failed" ? EXIT_CODES.error : last;
  const verdicts = kind === "search" ? [] : steps.map(({ verdict }) => verdict);
  const worst = (["inconclusive", "failed"] as const).find((verdict) => verdicts.includes(verdict));
  return EXIT_CODES[worst ?? "passed"];
}
