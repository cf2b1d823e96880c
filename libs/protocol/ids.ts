/** Ids of runs and slices, and how they are read back from a subject. */

import { toToken } from "./names.ts";

/** A slice's id, `<run>.<lane>.<window>`: the unit of settlement. */
export function sliceId(run: string, lane: number, window: number): string {
  return `${run}.${lane}.${window}`;
}

/** The message id of a slice's result, so that a repeated publish is stored once. */
export function resultId(run: string, lane: number, window: number, attempt: number): string {
  return `${sliceId(run, lane, window)}.${attempt}`;
}

/** The place of a run's slice of work, from its subject; none for a muster slice's, or another run's. */
export function placeOf(
  subject: string | undefined,
  run: string,
): { lane: number; window: number } | undefined {
  const [ofRun, lane = "", window = ""] = (subject ?? "").split(".").slice(-3);
  if (ofRun !== run || !/^\d+$/.test(lane) || !/^\d+$/.test(window)) return undefined;
  return { lane: Number(lane), window: Number(window) };
}

/** How many run ids there are of a name and a second. */
export const ID_TAILS = 36 ** 4;

/**
 * The message id of a result that a worker reports. The attempt's number does not tell attempts apart: a server that was
 * killed may have forgotten a delivery, and gives the next one the same number. So it says who began it, and when.
 */
export function attemptId(result: {
  readonly run: string;
  readonly lane: number;
  readonly window: number;
  readonly attempt: number;
  readonly node: string;
  readonly started_ms: number;
}): string {
  const { run, lane, window, attempt, node, started_ms: startedMs } = result;
  return `${resultId(run, lane, window, attempt)}.${node}.${Math.round(startedMs)}`;
}

/**
 * A new run's id: the config's name, the time and a random tail, so that ids sort by time within a name.
 * @param random in [0, 1)
 */
export function newRunId(name: string, nowMs: number, random: number): string {
  const stamp = new Date(nowMs).toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
  const tail = Math.floor(random * ID_TAILS)
    .toString(36)
    .padStart(4, "0");
  return `${toToken(name).toLowerCase().slice(0, 32)}-${stamp}-${tail}`;
}

/** The time and the tail of a run's id: `YYYYMMDD-HHMMSS-xxxx`. */
const TIMED_LENGTH = 20;

/** Puts run ids in the order of their time, whatever their names. */
export function byTime(a: string, b: string): number {
  const [first, second] = [a.slice(-TIMED_LENGTH), b.slice(-TIMED_LENGTH)];
  return first < second ? -1 : Number(first > second);
}
