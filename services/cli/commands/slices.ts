/** `logburst slices RUN`: the slices of a run that are out, or what became of those that are settled. */

import type { ExitCode } from "../../../libs/protocol/exit-codes.ts";
import { LEDGER_STATES } from "../../../libs/protocol/ledger.ts";
import type { SliceResult } from "../../../libs/protocol/verbs/answers.ts";
import { type AskOptions, askSystem } from "../ask-system.ts";
import type { Client } from "../client.ts";
import { columns } from "../columns.ts";

interface SliceOptions extends AskOptions {
  readonly lane?: number;
  readonly settled: boolean;
  readonly limit: number;
}

/** The most that one request gives. */
const RESULTS_OF_PAGE = 200;

export function slicesCommand(id: string, options: SliceOptions): Promise<ExitCode> {
  return options.settled ? showSettled(id, options) : showOpen(id, options);
}

function showOpen(id: string, options: SliceOptions): Promise<ExitCode> {
  const { lane, limit } = options;
  return askSystem(
    options,
    (client) => client.ask("run.slices", { id, lane, limit }),
    ({ slices }) =>
      columns(
        ["LANE", "WINDOW", "STATE", "NODE"],
        slices.map(({ lane: ofLane, window, state, node }) => [
          String(ofLane),
          String(window),
          state,
          node ?? "",
        ]),
      ),
    ({ slices, next_cursor: next }) => {
      if (slices.length === 0) return "no slice is out: --settled shows what became of them";
      return next === undefined ? undefined : "there are more: --lane, --limit";
    },
  );
}

function showSettled(id: string, options: SliceOptions): Promise<ExitCode> {
  return askSystem(
    options,
    (client) => readResults(client, id, options),
    ({ results }) =>
      columns(
        [
          "LANE",
          "WINDOW",
          "TRY",
          "STATE",
          "NODE",
          "FROM",
          "TO",
          ...LEDGER_STATES.map((state) => state.toUpperCase()),
        ],
        results.map(rowOf),
      ),
    ({ results, isMore }) => {
      if (results.length === 0) return "nothing is settled, or it is so long ago that its results are gone";
      return isMore ? "there are more: --lane, --limit" : undefined;
    },
  );
}

/** The first results of a run, page by page. */
async function readResults(
  client: Client,
  id: string,
  { lane, limit }: SliceOptions,
): Promise<{ results: SliceResult[]; isMore: boolean }> {
  const results: SliceResult[] = [];
  let cursor: string | undefined;
  do {
    const page = { limit: Math.min(RESULTS_OF_PAGE, limit), cursor };
    const answer = await client.ask("run.results", { id, lane, ...page });
    results.push(...answer.results);
    cursor = answer.next_cursor;
  } while (cursor !== undefined && results.length < limit);
  return { results: results.slice(0, limit), isMore: cursor !== undefined || results.length > limit };
}

function rowOf({
  lane,
  window,
  attempt,
  state,
  node,
  reason,
  started_ms: from,
  ended_ms: to,
  counts,
}: SliceResult) {
  const what = reason === undefined ? state : `${state} (${reason})`;
  const counted = LEDGER_STATES.map((name) => (counts === undefined ? "" : String(counts[name] ?? 0)));
  return [String(lane), String(window), String(attempt), what, node, seconds(from), seconds(to), ...counted];
}

/** A time of the run. */
function seconds(ms: number | undefined): string {
  return ms === undefined ? "" : `${(ms / 1000).toFixed(1)} s`;
}
