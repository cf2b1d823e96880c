/** Carries a service's log lines to the bus, a bounded number of them: whoever asks the API for logs sees what the file has. */

import { LOG_LEVELS, type LogLevel, type LogLine } from "../protocol/log-line.ts";
import type { Clock } from "./clock.ts";

export interface LogRelay {
  /** Takes a line as the log writes it: one JSON object, with its secrets hidden. */
  write(line: string): void;
  /** Sends what has waited, and all lines from now on. */
  connect(send: (line: LogLine) => void): void;
}

/** Lines that wait for the bus: those of a service's start. */
const MAX_WAITING = 100;
/** A service that says more in a second than people can read is not heard out. */
const MAX_PER_SECOND = 50;
const MAX_MESSAGE_CHARS = 2000;
/** What belongs to a line and is longer stays in the file. */
const MAX_FIELDS_CHARS = 4000;

export function createLogRelay(clock: Clock): LogRelay {
  let send: ((line: LogLine) => void) | undefined;
  let waiting: LogLine[] = [];
  let second = 0;
  let sentInSecond = 0;

  function isTooMuch(): boolean {
    const now = Math.floor(clock.nowMs() / 1000);
    if (now !== second) sentInSecond = 0;
    second = now;
    sentInSecond++;
    return sentInSecond > MAX_PER_SECOND;
  }

  return {
    write(text) {
      const line = lineOf(text);
      if (!line || isTooMuch()) return;
      if (send) send(line);
      else if (waiting.length < MAX_WAITING) waiting.push(line);
    },
    connect(to) {
      send = to;
      for (const line of waiting) to(line);
      waiting = [];
    },
  };
}

function lineOf(text: string): LogLine | undefined {
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const { service, node_id, level, time, msg, run_id, ...fields } = json;
  const isLong = JSON.stringify(fields).length > MAX_FIELDS_CHARS;
  return {
    v: 1,
    service: String(service),
    node_id: String(node_id),
    level: LOG_LEVELS.includes(level as LogLevel) ? (level as LogLevel) : "info",
    time_ms: Number(time),
    msg: String(msg ?? "").slice(0, MAX_MESSAGE_CHARS),
    ...(typeof run_id === "string" && { run_id }),
    ...(Object.keys(fields).length > 0 && !isLong && { fields }),
  };
}
