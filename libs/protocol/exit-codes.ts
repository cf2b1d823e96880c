/** What the command line's exit codes mean; where k6 has a code for it, the code is k6's. */

import type { Comparison } from "./comparison.ts";
import type { RunRecord } from "./run.ts";

export const EXIT_CODES = {
  /** The run passed. */
  passed: 0,
  /** Something went wrong that is not the target's doing: no server, no worker, a file that cannot be read. */
  error: 1,
  /** A comparison: a run, or a target, is worse than its baseline. */
  regressed: 96,
  /** The generator was not good enough for its figures to be believed. */
  inconclusive: 98,
  /** The run failed: a threshold, or no query succeeded. */
  failed: 99,
  /** The config is wrong. */
  badConfig: 104,
  /** The run was stopped through the API by someone else. */
  stopped: 105,
  /** A threshold ended the run. */
  aborted: 108,
  /** Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/** How a run ended, and where it had two targets how the second compares. */
interface Ended extends Pick<RunRecord, "phase" | "verdict"> {
  readonly comparison?: Pick<Comparison, "verdict"> | undefined;
}

/** The exit code that tells how a run ended. */
export function exitCodeOf({ phase, verdict, comparison }: Ended): ExitCode {
  if (phase === "failed") return EXIT_CODES.error;
  if (phase === "aborted") return EXIT_CODES.aborted;
  if (phase === "stopped") return EXIT_CODES.stopped;
  if (verdict === "passed" && comparison?.verdict === "worse") return EXIT_CODES.regressed;
  return EXIT_CODES[verdict ?? "inconclusive"];
}
