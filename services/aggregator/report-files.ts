/** Writes a report's files to a volume, where the config asks for it. */

import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import type { BenchmarkConfig } from "../../libs/protocol/config/schema.ts";
import { messageOf } from "../../libs/protocol/errors.ts";
import type { Report } from "../../libs/protocol/report.ts";
import { fileNameOf, renderReport } from "../../libs/report/formats.ts";
import type { Log } from "../../libs/runtime/log.ts";

/**
 * Writes `<path>/<run>/report.*` in the formats that the config names. Only below the folder that the aggregator was
 * given: a config must not choose where on its disk it writes. What cannot be written is logged; the object store has it.
 */
export async function writeReportFiles(
  report: Report,
  config: BenchmarkConfig,
  resultsDir: string,
  log: Log,
): Promise<void> {
  const { storage, formats } = config.spec.reporting;
  if (storage?.type !== "persistent_volume" || storage.path === undefined) return;
  const folder = resolve(storage.path);
  if (folder !== resultsDir && !folder.startsWith(resultsDir + sep)) {
    log.warn(
      { run_id: report.run_id, folder, resultsDir },
      "spec.reporting.storage.path is not below LOGBURST_RESULTS_DIR; nothing is written there",
    );
    return;
  }
  try {
    await mkdir(join(folder, report.run_id), { recursive: true });
    for (const format of new Set([...formats, "json" as const])) {
      await writeFile(join(folder, report.run_id, fileNameOf(format)), renderReport(report, format));
    }
  } catch (error) {
    log.warn(
      { run_id: report.run_id, folder, err: messageOf(error) },
      "the report's files could not be written; the object store has the report",
    );
  }
}
