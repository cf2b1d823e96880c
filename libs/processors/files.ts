/** Writes files into a run's own folder below the one that the aggregator was given; a reader never sees half a file. */

import { mkdir, rename, writeFile } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import type { ReportFormat } from "../protocol/config/formats.ts";
import { LogburstError } from "../protocol/errors.ts";
import type { Report } from "../protocol/report.ts";
import { fileNameOf, renderReport } from "../report/formats.ts";
import { type KeyRing, sealedFile } from "../runtime/sealed-objects.ts";
import type { Processor } from "./processor.ts";

/** Where an aggregator may write files, and the keys that seal reports there. */
export interface ResultsFolder {
  readonly resultsDir: string;
  readonly storeKeys?: (() => KeyRing) | undefined;
}

/** A report in each of the formats. A run that has no report leaves no files. */
export function createFiles(
  formats: readonly ReportFormat[],
  path: string,
  { resultsDir, storeKeys }: ResultsFolder,
): Processor {
  const folder = folderBelow(resultsDir, path);
  return {
    async end({ run, report }) {
      if (report) await writeFiles(join(folder, run), filesOf(report, formats, storeKeys));
    },
  };
}

/** A report's files: names and texts, sealed where there are keys. */
export function filesOf(
  report: Report,
  formats: readonly ReportFormat[],
  storeKeys: ResultsFolder["storeKeys"],
): [name: string, text: string][] {
  return [...new Set(formats)].map((format) =>
    sealedFile(report.run_id, [fileNameOf(format), renderReport(report, format)], storeKeys),
  );
}

/**
 * A config must not choose where on an aggregator's disk it writes.
 * @throws LogburstError `bad_config`
 */
export function folderBelow(resultsDir: string, path: string): string {
  const folder = resolve(resultsDir, path);
  if (folder === resultsDir || folder.startsWith(resultsDir + sep)) return folder;
  throw new LogburstError(
    "bad_config",
    `the folder ${folder} is not below LOGBURST_RESULTS_DIR (${resultsDir})`,
    {
      remedies: ["name a folder below it, or have the aggregator's LOGBURST_RESULTS_DIR hold this one"],
    },
  );
}

export async function writeFiles(
  folder: string,
  files: readonly (readonly [name: string, text: string])[],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of files) {
    const path = join(folder, name);
    await writeFile(`${path}.part`, text);
    await rename(`${path}.part`, path);
  }
}
