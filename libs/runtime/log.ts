/** The log of a service: one JSON line an entry, on stderr. */

import { type Logger, pino } from "pino";

import type { LogRelay } from "./log-relay.ts";

export type Log = Logger;

/** Keys whose values never reach a log, wherever in an entry they stand. */
const SECRET_KEYS = ["token", "password", "value", "secret", "authorization", "LOGBURST_SEAL_KEY"];

/** @param relay also gets each line */
export function createLog(service: string, node: string, level: string, relay?: LogRelay): Log {
  const stderr = pino.destination({ fd: 2, sync: true });
  return pino(
    {
      level,
      base: { service, node_id: node },
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: "(hidden)" },
    },
    relay ? pino.multistream([stderr, relay].map((stream) => ({ level: "trace", stream }))) : stderr,
  );
}
