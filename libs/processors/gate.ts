/** The gate: makes one word of a run, pass or fail, and leaves it where a pipeline looks: as JSON, and as an exit code. */

import { join } from "node:path";
import type { GateConfig } from "../protocol/config/processors.ts";
import { EXIT_CODES } from "../protocol/exit-codes.ts";
import type { RunEnded } from "../protocol/processing.ts";
import { thresholdFound, thresholdName } from "../protocol/threshold-words.ts";
import { folderBelow, writeFiles } from "./files.ts";
import type { Processor } from "./processor.ts";

export interface Decision {
  readonly run: string;
  readonly name: string;
  readonly decision: "pass" | "fail";
  /** 0 where it passes; else the one that the command line ends with. */
  readonly exit_code: number;
  readonly phase: string;
  readonly verdict: string | null;
  readonly reasons: readonly string[];
  readonly thresholds: readonly { readonly name: string; readonly state: string; readonly found: string }[];
}

export function createGate({ path, inconclusive }: GateConfig, resultsDir: string): Processor {
  const folder = folderBelow(resultsDir, path);
  return {
    async end(ended) {
      const decision = decide(ended, inconclusive);
      await writeFiles(join(folder, ended.run), [
        ["gate.json", `${JSON.stringify(decision, null, 2)}\n`],
        ["exit-code", `${decision.exit_code}\n`],
      ]);
    },
  };
}

/** Whoever stopped a run, or failed to start it, has not shown that it passes. */
export function decide(ended: RunEnded, inconclusive: GateConfig["inconclusive"]): Decision {
  const { run, name, phase, verdict, report, failure } = ended;
  const isExcused = phase === "completed" && verdict === "inconclusive" && inconclusive === "pass";
  const exitCode = isExcused ? EXIT_CODES.passed : ended.exit_code;
  return {
    run,
    name,
    decision: exitCode === EXIT_CODES.passed ? "pass" : "fail",
    exit_code: exitCode,
    phase,
    verdict: verdict ?? null,
    reasons: report?.verdict_reasons ?? (failure === undefined ? [] : [failure]),
    thresholds: (report?.thresholds ?? []).map((threshold) => ({
      name: thresholdName(threshold),
      state: threshold.state,
      found: thresholdFound(threshold),
    })),
  };
}
