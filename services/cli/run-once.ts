/** Submits one run, follows it to its end and gives its report; Ctrl-C stops the run in order, a second one leaves at once. */

import { messageOf } from "../../libs/protocol/errors.ts";
import { EXIT_CODES, type ExitCode } from "../../libs/protocol/exit-codes.ts";
import type { Report } from "../../libs/protocol/report.ts";
import type { Live, RunRecord } from "../../libs/protocol/run.ts";
import type { Client } from "./client.ts";
import type { LiveView } from "./live-view.ts";

export interface RunOutcome {
  readonly record: RunRecord;
  /** None when the run never began. */
  readonly report: Report | undefined;
  readonly exitCode: ExitCode;
}

export interface RunOnceOptions {
  readonly client: Client;
  /** The config, as JSON or YAML. */
  readonly text: string;
  readonly view: LiveView;
  /** Rejects when the run cannot go on. */
  readonly failure?: Promise<never>;
  readonly onLive?: (live: Live) => void;
  /** What a second Ctrl-C does before the process ends. */
  readonly onAbandon: () => Promise<void>;
}

export async function runOnce(options: RunOnceOptions): Promise<RunOutcome> {
  const { client, view } = options;
  const submitted = await client.submit(options.text);
  for (const warning of submitted.warnings) view.note(`note: ${warning}`);
  let interrupted = false;

  function interrupt(): void {
    if (interrupted) {
      void options.onAbandon().finally(() => process.exit(EXIT_CODES.interrupted));
      return;
    }
    interrupted = true;
    view.note("stopping: the report follows (again to leave at once)");
    client
      .stop(submitted.id)
      .catch((error: unknown) => view.note(`the run could not be stopped: ${messageOf(error)}`));
  }

  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    const following = client.follow(submitted.id, {
      record: view.record,
      live(live) {
        view.live(live);
        options.onLive?.(live);
      },
    });
    const record = await (options.failure ? Promise.race([following, options.failure]) : following);
    const report = record.t0_ms === undefined ? undefined : await client.report(record.id);
    return { record, report, exitCode: exitCodeOf(record, interrupted) };
  } finally {
    view.close();
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

/** The exit code that tells how a run ended. */
export function exitCodeOf(record: Pick<RunRecord, "phase" | "verdict">, interrupted: boolean): ExitCode {
  if (interrupted) return EXIT_CODES.interrupted;
  if (record.phase === "failed") return EXIT_CODES.error;
  if (record.phase === "aborted") return EXIT_CODES.aborted;
  if (record.phase === "stopped") return EXIT_CODES.stopped;
  return EXIT_CODES[record.verdict ?? "inconclusive"];
}
