/** What can be asked about series of runs, by whoever has the bucket of runs at hand. */

import type { Bucket } from "../../../../libs/bus/bus.ts";
import { parseObject } from "../../../../libs/protocol/door.ts";
import { LogburstError } from "../../../../libs/protocol/errors.ts";
import { SeriesRecord, seriesKey } from "../../../../libs/protocol/series.ts";
import type { AnswerOf, RequestOf } from "../../../../libs/protocol/verbs/table.ts";
import { newestOf } from "./page.ts";

/** @throws LogburstError `not_found` */
export async function seriesNamed(runs: Bucket, id: string): Promise<SeriesRecord> {
  const record = await recordOf(runs, id);
  if (record) return record;
  throw new LogburstError("not_found", `there is no series ${id}`, {
    remedies: ["list the series; the id of one stands in the record of each of its runs"],
  });
}

export async function listSeries(
  runs: Bucket,
  request: RequestOf<"series.list">,
): Promise<AnswerOf<"series.list">> {
  const ids = (await runs.keys(seriesKey("*"))).map((key) => key.slice(seriesKey("").length));
  const wanted = async (id: string) => {
    const record = await recordOf(runs, id).catch(() => undefined);
    return record && fits(record, request) ? record : undefined;
  };
  const { entries, next } = await newestOf(ids, wanted, request.limit, request.cursor);
  return { series: entries, ...next };
}

function fits(record: SeriesRecord, { name, kind, phase }: RequestOf<"series.list">): boolean {
  if (kind !== undefined && record.kind !== kind) return false;
  if (phase !== undefined && record.phase !== phase) return false;
  return name === undefined || record.name.toLowerCase().includes(name.toLowerCase());
}

async function recordOf(runs: Bucket, id: string): Promise<SeriesRecord | undefined> {
  const parsed = parseObject(SeriesRecord, (await runs.get(seriesKey(id)))?.value);
  return parsed.ok ? parsed.value : undefined;
}
