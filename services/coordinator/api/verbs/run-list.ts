/** The list of runs, the newest first, searched and cut into pages. */

import type { Bucket } from "../../../../libs/bus/bus.ts";
import { parseObject } from "../../../../libs/protocol/door.ts";
import { byTime } from "../../../../libs/protocol/ids.ts";
import { RunRecord, runKey } from "../../../../libs/protocol/run.ts";
import type { AnswerOf, RequestOf } from "../../../../libs/protocol/verbs/table.ts";
import { readCursor, writeCursor } from "./page.ts";

/** Records that one request looks at: a search that finds little goes on with the next page. */
const MAX_SEARCHED = 2000;
/** Records that are read at once. */
const BATCH = 50;

export async function listRuns(runs: Bucket, request: RequestOf<"run.list">): Promise<AnswerOf<"run.list">> {
  const { limit, cursor } = request;
  const ids = (await runs.keys(runKey("*"))).map((key) => key.slice(runKey("").length));
  const newestFirst = ids.sort((a, b) => byTime(b, a) || (a < b ? 1 : -1));
  const from = cursor === undefined ? 0 : placeBehind(newestFirst, readCursor(cursor));
  const until = Math.min(newestFirst.length, from + MAX_SEARCHED);
  const found: RunRecord[] = [];
  let at = from;
  while (at < until && found.length < limit) {
    const batch = newestFirst.slice(at, Math.min(until, at + Math.min(BATCH, limit)));
    const records = await Promise.all(batch.map((id) => recordOf(runs, id)));
    for (const record of records) {
      if (found.length >= limit) break;
      at++;
      if (record && fits(record, request)) found.push(record);
    }
  }
  const last = newestFirst[at - 1];
  return at < newestFirst.length && last !== undefined
    ? { runs: found, next_cursor: writeCursor(last) }
    : { runs: found };
}

/** The place behind a run, also where it is gone meanwhile. */
function placeBehind(newestFirst: readonly string[], id: string): number {
  const place = newestFirst.findIndex(
    (other) => byTime(other, id) < 0 || (byTime(other, id) === 0 && other < id),
  );
  return place < 0 ? newestFirst.length : place;
}

async function recordOf(runs: Bucket, id: string): Promise<RunRecord | undefined> {
  const parsed = parseObject(RunRecord, (await runs.get(runKey(id)).catch(() => undefined))?.value);
  return parsed.ok ? parsed.value : undefined;
}

function fits(record: RunRecord, request: RequestOf<"run.list">): boolean {
  const { name, phase, label, since, until } = request;
  if (phase !== undefined && record.phase !== phase) return false;
  if (since !== undefined && record.created_ms < Date.parse(since)) return false;
  if (until !== undefined && record.created_ms >= Date.parse(until)) return false;
  if (label !== undefined && !hasLabel(record, label)) return false;
  return name === undefined || record.name.toLowerCase().includes(name.toLowerCase());
}

/** @param label its name, or name=value */
function hasLabel({ labels }: RunRecord, label: string): boolean {
  const [name = "", value] = label.split(/=(.*)/s);
  return value === undefined ? name in labels : labels[name] === value;
}
