/** Whether the slowest queries of a run were slow because they waited in the server's queue, and not because of their execution. */

import type { Queueing } from "../../protocol/server.ts";
import { joined, mostExecutionMs, type Span, secondsOf, waitedShare } from "./spans.ts";

/** What the run's timeline has of a stretch: its queries that were answered well, by their start. */
export interface Answers {
  readonly fromMs: number;
  readonly toMs: number;
  readonly ok: number;
  readonly meanMs: number;
  readonly p99Ms: number;
}

/** p99 is the slowest in a hundred, so a queue in which fewer waited says nothing of it. */
const LEAST_WAITED = 0.01;
/** Fewer answers support no p99. */
const LEAST_ANSWERS = 100;
/** p99 is high where it is at least this share of that of the whole run. */
const HIGH = 0.5;
/** A wait of this share of p99 on the mean is more than half of it for the slowest, who wait longer than the mean. */
const LEAST_WAIT = 0.4;

/** A span of the server with the answers of its time. */
interface Seen {
  readonly span: Span;
  readonly ok: number;
  readonly meanMs: number;
  readonly p99Ms: number;
}

/**
 * The rule. A span is high where p99 was at least half of that of the whole run, and full where at least one in a hundred of its queries
 * had to wait; where the server does not count these, where a sample found every place taken. p99 is queueing if the server was
 * full for more than half of the time in which p99 was high, and a query waited then on the mean for longer than it executed, and
 * for at least two fifths of p99: what is left of the mean service time without the mean time of an execution.
 * @param p99Ms of the service time over the whole run
 */
export function queueingOf(
  spans: readonly Span[],
  answers: readonly Answers[],
  p99Ms: number,
): Omit<Queueing, "server" | "words"> | undefined {
  const seen = spans.map((span) => seenIn(span, answers)).filter(({ ok }) => ok > 0);
  const high = seen.filter((one) => one.p99Ms >= p99Ms * HIGH);
  if (answersIn(seen) < LEAST_ANSWERS || high.length === 0) return undefined;
  const ok = answersIn(high);
  const seconds = high.reduce((sum, { span }) => sum + secondsOf(span), 0);
  const fullS = high.reduce((sum, { span }) => sum + (isFull(span) ? secondsOf(span) : 0), 0);
  const whole = joined(high.map(({ span }) => span));
  // Between the high spans lies time that is none of theirs.
  const executionMs = mostExecutionMs({ ...whole, from_ms: 0, to_ms: seconds * 1000 });
  if (fullS * 2 <= seconds || executionMs === undefined) return undefined;
  const serviceMs = high.reduce((sum, one) => sum + one.meanMs * one.ok, 0) / ok;
  const highP99Ms = high.reduce((sum, one) => sum + one.p99Ms * one.ok, 0) / ok;
  const waitMs = serviceMs - executionMs;
  if (waitMs <= executionMs || waitMs < highP99Ms * LEAST_WAIT) return undefined;
  return {
    seconds,
    p99_ms: highP99Ms,
    full_share: fullS / seconds,
    waited_share: waitedShare(whole) ?? null,
    places: whole.places ?? null,
    service_ms: serviceMs,
    execution_ms: executionMs,
    wait_ms: waitMs,
  };
}

function answersIn(seen: readonly Seen[]): number {
  return seen.reduce((sum, { ok }) => sum + ok, 0);
}

function isFull(span: Span): boolean {
  const waited = waitedShare(span);
  return waited === undefined ? span.full * 2 > span.samples : waited >= LEAST_WAITED;
}

/** The answers of a span's time, by the share of each stretch that lies in it. */
function seenIn(span: Span, answers: readonly Answers[]): Seen {
  let [ok, sumMs, p99Ms] = [0, 0, 0];
  for (const stretch of answers) {
    const share = overlap(span, stretch) / (stretch.toMs - stretch.fromMs);
    if (share <= 0 || stretch.ok === 0) continue;
    ok += stretch.ok * share;
    sumMs += stretch.ok * share * stretch.meanMs;
    p99Ms = Math.max(p99Ms, stretch.p99Ms);
  }
  return { span, ok, meanMs: ok === 0 ? 0 : sumMs / ok, p99Ms };
}

function overlap({ from_ms: fromMs, to_ms: toMs }: Span, stretch: Answers): number {
  return Math.min(toMs, stretch.toMs) - Math.max(fromMs, stretch.fromMs);
}
