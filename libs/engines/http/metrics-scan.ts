/**
 * Reads a page of metrics in Prometheus' text format as it streams by, and keeps only what is wanted. What is no metric is
 * passed over: a server may say what it likes, and must cost no more than a page's worth.
 */

import type { BodyScan } from "./body.ts";

/** One line of the page. */
export interface Metric {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A page of VictoriaLogs has some 50 KB; one beyond this is none. */
export const MOST_PAGE_BYTES = 2_000_000;
/** A line beyond this is passed over. */
const MOST_LINE_BYTES = 16_384;
/** Metrics that are kept: a page of VictoriaLogs has some 200 flags and as many paths. */
const MOST_METRICS = 2000;

const NEWLINE = 10;
const NAME = /^[A-Za-z_:][A-Za-z0-9_:]*/;
const LABEL = /\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?/y;
const ESCAPED: Readonly<Record<string, string>> = { n: "\n", '"': '"', "\\": "\\" };

export interface MetricsScan extends BodyScan {
  metrics(): readonly Metric[];
}

/**
 * @param isWanted by its name
 * @param onTooLong called once when the page has no end: nothing more of it is looked at
 */
export function scanMetrics(isWanted: (name: string) => boolean, onTooLong: () => void): MetricsScan {
  let metrics: Metric[] = [];
  /** The beginning of a line that has not ended yet; nothing more is kept of one that is too long. */
  let begun: Buffer[] = [];
  let begunBytes = 0;
  let bytes = 0;

  function keep(part: Buffer): void {
    begunBytes += part.length;
    // The bytes are the connection's, and other ones soon.
    if (begunBytes <= MOST_LINE_BYTES) begun.push(Buffer.from(part));
    else begun = [];
  }

  function endLine(): void {
    if (begunBytes <= MOST_LINE_BYTES) addLine(Buffer.concat(begun).toString("utf8"));
    begun = [];
    begunBytes = 0;
  }

  function addLine(line: string): void {
    if (line.length > MOST_LINE_BYTES || metrics.length >= MOST_METRICS) return;
    const metric = readLine(line, isWanted);
    if (metric) metrics.push(metric);
  }

  return {
    push(chunk, from, past) {
      const isLong = bytes > MOST_PAGE_BYTES;
      bytes += past - from;
      if (bytes > MOST_PAGE_BYTES) {
        if (!isLong) onTooLong();
        return;
      }
      const piece = chunk.subarray(from, past);
      const first = piece.indexOf(NEWLINE);
      if (first < 0) {
        keep(piece);
        return;
      }
      keep(piece.subarray(0, first));
      endLine();
      const last = piece.lastIndexOf(NEWLINE);
      // Many lines at once: no character is cut in two where a line ends.
      for (const line of piece.toString("utf8", first + 1, last).split("\n")) addLine(line);
      keep(piece.subarray(last + 1));
    },
    reset() {
      metrics = [];
      begun = [];
      begunBytes = 0;
      bytes = 0;
    },
    rows: () => metrics.length,
    isWhole() {
      endLine();
      return bytes <= MOST_PAGE_BYTES;
    },
    metrics: () => metrics,
  };
}

/** A metric with a finite value; a comment, or what is none, is nothing. */
function readLine(line: string, isWanted: (name: string) => boolean): Metric | undefined {
  const [name] = NAME.exec(line) ?? [];
  if (name === undefined || !isWanted(name)) return undefined;
  const labels: Record<string, string> = {};
  let at = name.length;
  if (line[at] === "{") {
    LABEL.lastIndex = at + 1;
    at++;
    for (let found = LABEL.exec(line); found; found = LABEL.exec(line)) {
      labels[found[1] as string] = unescaped(found[2] as string);
      at = LABEL.lastIndex;
    }
    const close = /^\s*\}/.exec(line.slice(at));
    if (!close) return undefined;
    at += close[0].length;
  }
  const [, text] = /^\s*(\S+)/.exec(line.slice(at)) ?? [];
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(value) ? { name, labels, value } : undefined;
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (both, letter: string) => ESCAPED[letter] ?? both);
}
