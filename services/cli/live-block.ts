/** The figures of a live run as text: a block of lines for a terminal, or one line for a log. */

import { sumOfStates } from "../../libs/protocol/ledger.ts";
import type { Live } from "../../libs/protocol/live.ts";
import type { RunRecord } from "../../libs/protocol/run.ts";
import { liveServerWords } from "../../libs/report/server.ts";
import { sumOf } from "../../libs/report/terminal/books.ts";
import { labelled, separated } from "../../libs/report/terminal/flow.ts";
import type { Palette, Terminal } from "../../libs/report/terminal/terminal.ts";
import { thresholdList } from "../../libs/report/terminal/thresholds.ts";
import { count, durationText, milliseconds, percent, printable, rate } from "../../libs/report/words.ts";
import { liveErrors, liveQueries } from "./live-tables.ts";

const MOST_BAR_WIDTH = 40;
const LEAST_BAR_WIDTH = 10;
/** What stands beside the bar: a share, and two lengths of time. */
const BESIDE_BAR_WIDTH = 34;
/** A figure with its unit, and what is said of it. */
const FIGURE = /^(\S+ (?:%|m?s)) (.+)$/;
/** Those that failed come first; the report has them all. */
const SHOWN_THRESHOLDS = 6;
const SHOWN_SERVERS = 3;

/** The block on a terminal: thresholds first, then the load, the answers, the books and the workers. */
export function blockOf(live: Live, record: RunRecord | undefined, terminal: Terminal): string[] {
  const { palette } = terminal;
  return [
    `${palette.strong(record?.id ?? live.run)}  ${live.phase}`,
    progressLine(live, terminal),
    ...thresholdLines(live, terminal),
    ...labelled("load", separated(loadParts(live, palette)), terminal),
    ...labelled("latency", separated(latencyParts(live)), terminal),
    ...labelled("ledger", booksParts(live, palette), terminal),
    ...labelled("workers", separated(workerParts(live, palette)), terminal),
    ...live.servers
      .slice(0, SHOWN_SERVERS)
      .flatMap((server) => labelled("server", separated(liveServerWords(server).split("  ")), terminal)),
    ...liveQueries(live.queries, terminal),
    ...liveErrors(live.errors, terminal),
  ];
}

/** Before there is anything to count. */
export function musterLine({ id, slots_needed: slots }: RunRecord, workers?: number): string {
  const there = workers === undefined ? "" : `, ${count(workers)} workers are there`;
  return `${id}: mustering, waiting for workers to hold ${count(slots)} slots${there}`;
}

/** Between nothing and all; unknown where neither an end nor a number is planned. */
function progressOf({ elapsed_ms: elapsedMs, duration_ms: durationMs, ledger }: Live): number | undefined {
  if (durationMs !== undefined) return Math.min(1, elapsedMs / durationMs);
  return ledger.planned > 0 ? sumOfStates(ledger) / ledger.planned : undefined;
}

function progressLine(live: Live, { palette, width }: Terminal): string {
  const progress = progressOf(live);
  const time = `${durationText(live.elapsed_ms)}${live.duration_ms === undefined ? "" : ` of ${durationText(live.duration_ms)}`}`;
  if (progress === undefined) return `  ${time}`;
  const bar = Math.max(LEAST_BAR_WIDTH, Math.min(MOST_BAR_WIDTH, width - BESIDE_BAR_WIDTH));
  const filled = Math.round(progress * bar);
  const drawn = `${"█".repeat(filled)}${palette.dim("░".repeat(bar - filled))}`;
  return `  ${drawn} ${percent(progress, 0).padStart(5)}  ${time}`;
}

function thresholdLines({ thresholds }: Live, terminal: Terminal): string[] {
  if (thresholds.length === 0) return [];
  const order = { failed: 0, unknown: 1, passed: 2 };
  const inOrder = [...thresholds].sort((a, b) => order[a.state] - order[b.state]);
  const kept = thresholds.length > SHOWN_THRESHOLDS ? inOrder.slice(0, SHOWN_THRESHOLDS) : thresholds;
  const rest = thresholds.filter((threshold) => !kept.includes(threshold));
  const failed = rest.filter(({ state }) => state === "failed").length;
  const words = failed > 0 ? `, of which ${count(failed)} failed` : "";
  return [
    ...thresholdList(
      kept.map(({ state, name, found }) => {
        if (state === "unknown") return { state, name: printable(name), found: "-", note: found };
        const [figure = found, note = ""] = found.match(FIGURE)?.slice(1) ?? [];
        return { state, name: printable(name), found: figure, note };
      }),
      terminal,
    ),
    ...(rest.length > 0 ? [terminal.palette.dim(`  and ${count(rest.length)} more thresholds${words}`)] : []),
  ];
}

function loadParts(live: Live, { bad }: Palette): string[] {
  const [shortest] = live.windows;
  const errors = shortest?.error_rate ?? 0;
  const errorText = `errors ${percent(errors, 1)}`;
  return [
    `offered ${rate(live.offered_per_s)}`,
    `completed ${rate(shortest?.completed_per_s ?? 0)}`,
    `in flight ${count(live.in_flight)}`,
    errors > 0 ? bad(errorText) : errorText,
  ];
}

/** Of the shortest window, and how much of it is known. */
function latencyParts({ windows: [shortest] }: Live): string[] {
  const figures = (["p50", "p95", "p99", "max"] as const).map(
    (name) => `${name} ${milliseconds(shortest?.service_ms?.[name])}`,
  );
  if (!shortest) return figures;
  const { length_s: lengthS, slices_settled: settled, slices_expected: expected } = shortest;
  return [...figures, `of ${lengthS} s (${count(settled)} of ${count(expected)} slices)`];
}

/** What has not ended yet is the last term of the sum. */
function booksParts({ ledger }: Live, palette: Palette): string[] {
  return [...sumOf(ledger, palette), `+ ${count(ledger.planned - sumOfStates(ledger))} to come`];
}

function workerParts(live: Live, { bad, warn }: Palette): string[] {
  const { workers, slices_settled: settled, slices_redelivered: again, results_refused: refused } = live;
  return [
    count(workers),
    `slices ${count(settled)} settled`,
    again > 0 ? warn(`${count(again)} redelivered`) : "0 redelivered",
    ...(refused > 0 ? [bad(`${count(refused)} results refused`)] : []),
  ];
}

/** The same as one line. */
export function lineOf(live: Live): string {
  const progress = progressOf(live);
  const [shortest] = live.windows;
  const { ledger } = live;
  return [
    `${progress === undefined ? "" : `${percent(progress, 0)}  `}${durationText(live.elapsed_ms)}`,
    `completed ${rate(shortest?.completed_per_s ?? 0)} of ${rate(live.offered_per_s)}`,
    `in flight ${count(live.in_flight)}`,
    `ok ${count(ledger.ok)}`,
    `errors ${count(ledger.failed + ledger.timed_out)}`,
    ...(ledger.missed + ledger.lost > 0
      ? [`missed ${count(ledger.missed)}`, `lost ${count(ledger.lost)}`]
      : []),
    `p95 ${milliseconds(shortest?.service_ms?.p95)}`,
    `workers ${count(live.workers)}`,
    ...live.servers.slice(0, 1).map((server) => `server ${liveServerWords(server)}`),
    ...thresholdWords(live),
  ].join("  ");
}

function thresholdWords({ thresholds }: Live): string[] {
  if (thresholds.length === 0) return [];
  const failed = thresholds.filter(({ state }) => state === "failed").length;
  return [failed === 0 ? "thresholds hold" : `thresholds ${failed} of ${thresholds.length} failed`];
}
