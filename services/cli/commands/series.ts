/** `logburst series list|show|stop`: repeats and searches, as the leader knows them. */

import type { ExitCode } from "../../../libs/protocol/exit-codes.ts";
import type { SeriesRecord } from "../../../libs/protocol/series.ts";
import { isoTime } from "../../../libs/runtime/clock.ts";
import { seriesText } from "../../../libs/series/text.ts";
import { type AskOptions, askSystem } from "../ask-system.ts";
import { columns } from "../columns.ts";

const HEADINGS = ["SERIES", "KIND", "PHASE", "RUNS", "BEGAN"];

export function listSeriesCommand(
  options: AskOptions & {
    name?: string;
    kind?: SeriesRecord["kind"];
    phase?: SeriesRecord["phase"];
    limit: number;
  },
): Promise<ExitCode> {
  const { name, kind, phase, limit } = options;
  return askSystem(
    options,
    (client) => client.ask("series.list", { name, kind, phase, limit }),
    ({ series }) => columns(HEADINGS, series.map(rowOf)),
  );
}

function rowOf({ id, kind, phase, steps, created_ms: createdMs }: SeriesRecord): string[] {
  return [id, kind, phase, String(steps.length), isoTime(createdMs)];
}

export function showSeriesCommand(id: string, options: AskOptions): Promise<ExitCode> {
  return askSystem(
    options,
    (client) => client.ask("series.get", { id }),
    (series) => seriesText(series).trimEnd().split("\n"),
  );
}

export function stopSeriesCommand(id: string, options: AskOptions & { reason?: string }): Promise<ExitCode> {
  const { reason } = options;
  return askSystem(
    options,
    (client) => client.ask("series.stop", { id, reason }),
    ({ phase, current }) => [
      phase === "running" ? `${id}: stopping; its last run is ${current.run_id}` : `${id}: ${phase}`,
    ],
  );
}
