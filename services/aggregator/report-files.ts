/** Writes a report's files to a volume, where the config asks for it. */

import { join } from "node:path";
import { filesOf, folderBelow, type ResultsFolder, writeFiles } from "../../libs/processors/files.ts";
import type { BenchmarkConfig } from "../../libs/protocol/config/schema.ts";
import { messageOf } from "../../libs/protocol/errors.ts";
import type { Report } from "../../libs/protocol/report.ts";
import type { Log } from "../../libs/runtime/log.ts";

/**
 * Writes `<path>/<run>/report.*` in the formats that the config names, and as JSON. What cannot be written is logged; the
 * object store has it.
 */
export async function writeReportFiles(
  report: Report,
  config: BenchmarkConfig,
  { resultsDir, storeKeys }: ResultsFolder,
  log: Log,
): Promise<void> {
  const { storage, formats } = config.spec.reporting;
  if (storage?.type !== "persistent_volume" || storage.path === undefined) return;
  try {
    const folder = folderBelow(resultsDir, storage.path);
    await writeFiles(join(folder, report.run_id), filesOf(report, [...formats, "json"], storeKeys));
  } catch (error) {
    log.warn(
      { run_id: report.run_id, path: storage.path, err: messageOf(error) },
      "the report's files could not be written; the object store has the report",
    );
  }
}
