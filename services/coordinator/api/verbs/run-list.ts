/** The list of runs, the newest first, searched and cut into pages. */

import type { Bucket } from "../../../../libs/bus/bus.ts";
import { parseObject } from "../../../../libs/protocol/door.ts";
import { RunRecord, runKey } from "../../../../libs/protocol/run.ts";
import type { AnswerOf, RequestOf } from "../../../../libs/protocol/verbs/table.ts";
import { newestOf } from "./page.ts";

export async function listRuns(runs: Bucket, request: RequestOf<"run.list">): Promise<AnswerOf<"run.list">> {
  const ids = (await runs.keys(runKey("*"))).map((key) => key.slice(runKey("").length));
  const wanted = async (id: string) => {
    const record = await recordOf(runs, id);
    return record && fits(record, request) ? record : undefined;
  };
  const { entries, next } = await newestOf(ids, wanted, request.limit, request.cursor);
  return { runs: entries, ...next };
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
