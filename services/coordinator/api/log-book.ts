/** The last lines of all services' logs, as a coordinator has heard them: bounded, in the order in which they came. */

import { isAtLeast, type LogLevel, type LogLine } from "../../../libs/protocol/log-line.ts";

export interface LogFilter {
  readonly run?: string | undefined;
  readonly node?: string | undefined;
  /** Lines of this level and graver ones. */
  readonly level?: LogLevel | undefined;
}

export interface LogBook {
  add(line: LogLine): void;
  /** The last lines that fit, the oldest first. */
  recent(filter: LogFilter, most: number): LogLine[];
  /** Calls back for each line that fits from now on. @returns stops that */
  listen(filter: LogFilter, hear: (line: LogLine) => void): () => void;
}

/** With the longest lines that services send these take some thirty megabytes; with usual ones, two. */
const MAX_LINES = 5000;

export function createLogBook(): LogBook {
  let lines: LogLine[] = [];
  const listeners = new Set<{ filter: LogFilter; hear: (line: LogLine) => void }>();
  return {
    add(line) {
      lines.push(line);
      // Cut by halves, so that a line costs the same however many there are.
      if (lines.length >= 2 * MAX_LINES) lines = lines.slice(-MAX_LINES);
      for (const { filter, hear } of listeners) if (fits(line, filter)) hear(line);
    },
    recent: (filter, most) => lines.filter((line) => fits(line, filter)).slice(-most),
    listen(filter, hear) {
      const listener = { filter, hear };
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function fits(line: LogLine, { run, node, level }: LogFilter): boolean {
  if (run !== undefined && line.run_id !== run) return false;
  if (node !== undefined && line.node_id !== node) return false;
  return level === undefined || isAtLeast(line.level, level);
}
