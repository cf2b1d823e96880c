/** Reports an attempt: its outcome becomes one result message, stored in the log before the slice is acknowledged. */

import type { Bus } from "../../libs/bus/connect.ts";
import { append } from "../../libs/bus/log.ts";
import { resultId } from "../../libs/protocol/ids.ts";
import type { GeneratorHealth, RanResult } from "../../libs/protocol/result.ts";
import type { WorkSlice } from "../../libs/protocol/slice.ts";
import type { AttemptOutcome } from "./attempt.ts";

/** Tries of a result's append, up to three seconds each: a bus that is away for minutes costs no result. */
const APPEND_TRIES = 100;

/** The result message of an attempt. */
export function resultOf(
  slice: WorkSlice,
  attempt: number,
  node: string,
  outcome: AttemptOutcome,
  health: GeneratorHealth,
): RanResult {
  const { tally } = outcome;
  return {
    v: 1,
    kind: "ran",
    run: slice.run,
    lane: slice.lane,
    window: slice.window,
    attempt,
    epoch: slice.epoch,
    node,
    planned: tally.planned,
    next: outcome.next,
    published_ms: slice.published_ms - slice.t0_ms,
    started_ms: outcome.startedMs,
    ended_ms: outcome.endedMs,
    driven_user_ms: outcome.drivenUserMs,
    cells: tally.toCells(),
    reasons: tally.toReasons(),
    errors: tally.toErrors(),
    health,
  };
}

/** Stores a result in the log; resolves when it is safe. */
export async function storeResult(bus: Bus, result: RanResult): Promise<void> {
  await append(bus, bus.names.subjects.result(result.run, result.lane), result, {
    id: resultId(result.run, result.lane, result.window, result.attempt),
    tries: APPEND_TRIES,
  });
}
