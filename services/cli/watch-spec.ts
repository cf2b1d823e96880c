/** `logburst run CONFIG --watch`: what is edited in the config while its run runs becomes a change of the run, or is refused. */

import {
  ConfigProblems,
  type Finding,
  formatProblem,
  type Problem,
  pathOf,
} from "../../libs/protocol/config/problems.ts";
import { locateIn, MAX_CONFIG_BYTES, type Override } from "../../libs/protocol/config/read.ts";
import type { BenchmarkConfig, ConfigDocument } from "../../libs/protocol/config/schema.ts";
import { LogburstError, messageOf } from "../../libs/protocol/errors.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { readText, watchFile } from "../../libs/settings/watch-file.ts";
import type { Client } from "./client.ts";
import { BadConfigFile, readConfigFile, STANDARD_INPUT } from "./config-file.ts";

export interface SpecWatch {
  readonly file: string;
  /** What the file said when the run was asked for. */
  readonly known: string;
  readonly overrides: readonly Override[];
  readonly client: Client;
  /** The config as it is submitted. */
  readonly textOf: (document: ConfigDocument) => string;
  readonly note: (text: string) => void;
}

/** @throws LogburstError `bad_request` for what cannot be watched: standard input, or more than one run */
export function requireWatchable(file: string, { spec }: BenchmarkConfig): void {
  if (file === STANDARD_INPUT) {
    throw new LogburstError("bad_request", "--watch needs a file, and the config comes over standard input", {
      remedies: ["name a file, or leave out --watch"],
    });
  }
  if (spec.repeat === 1 && !spec.workload.search) return;
  throw new LogburstError("bad_request", "--watch follows one run, and this config asks for a series", {
    remedies: ["leave out --watch, or repeat and search"],
  });
}

/** @returns what ends it */
export function watchSpec(
  { file, known, overrides, client, textOf, note }: SpecWatch,
  run: string,
): () => void {
  const about = (lines: readonly string[]) => {
    note(`${file} is refused, and the run goes on as it was:`);
    for (const line of lines) note(`  ${line}`);
  };

  async function apply(text: string): Promise<void> {
    const { document } = readConfigFile(file, overrides, text);
    const before = await client.ask("run.get", { id: run });
    const { changes } = await client.ask("run.apply", { id: run, config: textOf(document) });
    const last = changes.at(-1);
    if (last && changes.length > before.changes.length)
      note(`${file} holds from ${(last.at_ms / 1000).toFixed(1)} s of the run on`);
  }

  const ears = {
    changed(text: string) {
      apply(text).catch((error: unknown) => {
        if (error instanceof BadConfigFile) about(error.lines);
        else if (error instanceof ConfigProblems)
          about(inFile(text, error.problems).map((problem) => formatProblem(problem, file)));
        else about([messageOf(error)]);
      });
    },
    gone: (why: string) => note(`${file} cannot be read (${why}); the run goes on`),
  };
  const read = (path: string) => readText(path, MAX_CONFIG_BYTES);
  return watchFile(file, known, systemClock, ears, read).close;
}

/** The coordinator has read what was submitted; here the lines are those of the file. */
function inFile(text: string, problems: readonly Problem[]): Problem[] {
  const findings = problems.map(
    ({ pointer = "#", message, remedy }): Finding => ({ path: pathOf(pointer), message, remedy }),
  );
  return locateIn(text, findings);
}
