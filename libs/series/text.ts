/** A series for a terminal: what was found, and a line for each of its runs. */

import type { SearchResult, SeriesRecord, SeriesStep } from "../protocol/series.ts";
import { table } from "../report/terminal/table.ts";
import { PIPE, type Terminal } from "../report/terminal/terminal.ts";
import { milliseconds, percent, printable, rate } from "../report/words.ts";

export function seriesText(series: SeriesRecord, terminal: Terminal = PIPE): string {
  const { id, kind, phase, steps, result, failure, stop } = series;
  const byLoad = [...steps].sort((a, b) => (a.load ?? 0) - (b.load ?? 0));
  const lines = [
    `series ${id}  ${kind}  ${phase}${failure === undefined ? "" : `: ${printable(failure)}`}`,
    ...(stop ? [`stopped    ${printable(stop.reason)}, by ${printable(stop.by)}`] : []),
    ...(result ? [resultText(result)] : []),
    "",
    ...table(
      [...HEADINGS, ...SERVER_HEADINGS],
      byLoad.map((step) => [...cellsOf(step), ...serverCells(step)]),
      terminal,
    ),
  ];
  return `${lines.join("\n")}\n`;
}

const HEADINGS = ["run", "stage", "load", "verdict", "completed", "errors", "p50", "p99"];

/** How the server did: places taken at most, queries that had to wait, CPU. */
const SERVER_HEADINGS = ["server", "full", "waited", "cpu", "cpu/query"];

function serverCells({ server }: SeriesStep): string[] {
  if (!server) return SERVER_HEADINGS.map(() => "-");
  const { executing_max: executing, places, full_share: full, waited_share: waited } = server;
  const told = (value: number | null, words: (value: number) => string) =>
    value === null ? "-" : words(value);
  return [
    `${told(executing, String)} of ${told(places, String)}`,
    told(full, (share) => percent(share, 0)),
    told(waited, (share) => percent(share, 0)),
    told(server.cpu_cores, (cores) => cores.toFixed(2)),
    milliseconds(server.cpu_ms_per_query),
  ];
}

function cellsOf(step: SeriesStep): string[] {
  const { run_id: run, stage, load, verdict, completed_per_s: completed, error_rate: errors } = step;
  return [
    run,
    stage.replace("_", " "),
    load === null ? "-" : String(load),
    verdict,
    rate(completed),
    percent(errors, 2),
    milliseconds(step.p50_ms),
    milliseconds(step.p99_ms),
  ];
}

/** One run of a series, when it is over. */
export function stepLine(step: SeriesStep): string {
  const [run, stage, load, verdict, completed, errors, p50, p99] = cellsOf(step);
  const at = step.load === null ? "" : ` at ${load}`;
  const why = step.reason === "" ? "" : ` (${printable(step.reason)})`;
  const queue = step.server?.is_queueing ? ", p99 is waiting in the server's queue" : "";
  return `${run}: ${stage}${at}: ${verdict}${why}, ${completed}, errors ${errors}, p50 ${p50}, p99 ${p99}${queue}`;
}

function resultText({ ended_by: endedBy, load, low, high, confidence }: SearchResult): string {
  switch (endedBy) {
    case "knee": {
      const sure = confidence === null ? "" : `, ${percent(confidence, 0)} confidence`;
      return `knee       ${load} (all tries passed at ${low} and failed at ${high}${sure})`;
    }
    case "limit":
      return `no knee    the thresholds hold up to ${low}, the highest load that was allowed`;
    case "none":
      return `no knee    the thresholds do not hold at ${high}, the first load`;
    case "generator":
      return `no knee    the generator came to its own end${load === null ? "" : `; the thresholds hold at ${load}`}`;
    case "undecided":
      return `no knee    the target passed and failed in turn${load === null ? "" : `; ${load} passed most tries`}`;
    default:
      return endedBy satisfies never;
  }
}
