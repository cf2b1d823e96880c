/** The server's side of a report, and of live figures: a pure function of what the log tells of the servers. */

import type { LiveServer, Queueing, ServerPoint, ServerReport, ServerSide } from "../../protocol/server.ts";
import { round } from "../figures.ts";
import { type Answers, queueingOf } from "./queueing.ts";
import { type ServerState, type Servers, spansOf } from "./servers.ts";
import { executionMs, joined, ratio, type Span, secondsOf, waitedShare } from "./spans.ts";

/** What of the run itself is held against the servers. */
export interface RunSide {
  /** The measured part of the run, in milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly answers: readonly Answers[];
  /** Of the service time, over all that is measured. */
  readonly p99Ms: number | null;
}

const MB = 1_000_000;

/** @returns null where no server was to be asked, or nobody came to ask one */
export function serverSide(servers: Servers, run: RunSide): ServerSide | null {
  const states = servers.states();
  if (states.every(({ samples, failed }) => samples + failed === 0)) return null;
  return {
    servers: states.map((state, index) => serverReport(servers.urls[index] as string, state, run)),
    queueing: firstQueueing(servers, run),
  };
}

/**
 * The figures of each server that tells any, the newest last.
 * @param pick some of its stretches
 */
export function liveServers(
  servers: Servers,
  pick: (spans: readonly Span[]) => readonly Span[],
): LiveServer[] {
  return servers.states().flatMap((state, index) => {
    return pick(spansOf(state)).map((span) => ({ url: servers.urls[index] as string, ...pointOf(span) }));
  });
}

/** The spans of which more than half lies in the measured part of the run. */
function measuredSpans(state: ServerState, { fromMs, toMs }: RunSide): Span[] {
  return spansOf(state).filter(({ from_ms: from, to_ms: to }) => {
    const middleMs = (from + to) / 2;
    return middleMs >= fromMs && middleMs <= toMs;
  });
}

function serverReport(url: string, state: ServerState, run: RunSide): ServerReport {
  const { identity, samples, failed, failure, restarts, last } = state;
  return {
    url,
    version: identity?.version ?? null,
    flags: { ...identity?.flags },
    samples,
    failed,
    failure: failure ?? null,
    restarts,
    cores: last?.values.cores ?? null,
    ...summaryOf(measuredSpans(state, run)),
    timeline: spansOf(state).map(pointOf),
  };
}

type Summary = Omit<
  ServerReport,
  "url" | "version" | "flags" | "samples" | "failed" | "failure" | "restarts" | "cores" | "timeline"
>;

function summaryOf(spans: readonly Span[]): Summary {
  const whole = spans.length > 0 ? joined(spans) : undefined;
  const { grown = {}, highest = {} } = whole ?? {};
  const seconds = spans.reduce((sum, span) => sum + secondsOf(span), 0);
  // Gaps, in which nothing was read, are part of no span.
  const told = whole && { ...whole, from_ms: 0, to_ms: seconds * 1000 };
  return {
    cpu_s: shown(grown.cpu_s),
    cpu_cores_mean: shown(ratio(grown.cpu_s, seconds)),
    cpu_cores_max: shown(whole?.cpu_cores_max),
    cpu_ms_per_query: inMs(ratio(grown.cpu_s, grown.queries)),
    queries: shown(grown.queries),
    execution_ms: shown(told && executionMs(told)),
    executing_max: shown(highest.executing),
    places: shown(whole?.places),
    full_share: whole?.places === undefined ? null : shown(ratio(whole.full, whole.samples)),
    waits: shown(grown.waits),
    wait_timeouts: shown(grown.wait_timeouts),
    waited_share: shown(whole && waitedShare(whole)),
    errors: shown(grown.errors),
    rss_mb_max: inMb(highest.rss_bytes),
    merging_max: shown(highest.merging),
    merges: shown(grown.merges),
    rows_ingested: shown(grown.rows_ingested),
    disk_read_mb: inMb(grown.disk_read_bytes),
  };
}

function pointOf(span: Span): ServerPoint {
  const { grown, highest, places } = span;
  const seconds = secondsOf(span);
  return {
    from_s: round(span.from_ms / 1000, 3),
    to_s: round(span.to_ms / 1000, 3),
    cpu_cores: shown(ratio(grown.cpu_s, seconds)),
    cpu_ms_per_query: inMs(ratio(grown.cpu_s, grown.queries)),
    queries_per_s: shown(ratio(grown.queries, seconds)),
    execution_ms: shown(executionMs(span)),
    executing: shown(highest.executing),
    places: shown(places),
    waits_per_s: shown(ratio(grown.waits, seconds)),
    rss_mb: inMb(highest.rss_bytes),
    merging: shown(highest.merging),
  };
}

/** Of the first server in whose queue p99 was waiting. */
function firstQueueing(servers: Servers, run: RunSide): Queueing | null {
  const { answers, p99Ms } = run;
  if (p99Ms === null) return null;
  for (const [server, state] of servers.states().entries()) {
    const found = queueingOf(measuredSpans(state, run), answers, p99Ms);
    if (!found) continue;
    const rounded = {
      ...found,
      seconds: round(found.seconds, 1),
      p99_ms: round(found.p99_ms, 3),
      full_share: round(found.full_share, 4),
      waited_share: found.waited_share === null ? null : round(found.waited_share, 4),
      service_ms: round(found.service_ms, 3),
      execution_ms: round(found.execution_ms, 3),
      wait_ms: round(found.wait_ms, 3),
    };
    return { server, ...rounded, words: wordsOf(rounded) };
  }
  return null;
}

function wordsOf(found: Omit<Queueing, "server" | "words">): string {
  const { seconds, p99_ms: p99Ms, full_share: full, waited_share: waited, places } = found;
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const ms = (value: number) => `${round(value, value < 10 ? 1 : 0)} ms`;
  const limit = places === null ? "all places" : `all ${places} places`;
  const whoWaited = waited === null ? "" : `, and ${percent(waited)} of its queries had to wait`;
  return `p99 is waiting in the server's queue, not execution: in the ${seconds} s in which it was high (${ms(p99Ms)}), ${limit} were taken for ${percent(full)} of the time${whoWaited}; a query took ${ms(found.service_ms)} on the mean, of which it executed for ${ms(found.execution_ms)} and waited for ${ms(found.wait_ms)}`;
}

const DIGITS = 4;

function shown(value: number | undefined): number | null {
  return value === undefined ? null : round(value, DIGITS);
}

function inMs(seconds: number | undefined): number | null {
  return shown(seconds === undefined ? undefined : seconds * 1000);
}

function inMb(bytes: number | undefined): number | null {
  return bytes === undefined ? null : round(bytes / MB, 2);
}
