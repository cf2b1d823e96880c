/** How long a client waits for the end of an answer: its own deadline, asked for or derived from the server's. */

import type { Query } from "./queries.ts";
import { DEFAULT_CLIENT_TIMEOUT_MS, type Target } from "./target.ts";

/** How long a tail stays open when its query does not say. */
const DEFAULT_TAIL_MS = 5000;
/** Given to the client on top of a tail's or a server's own time. */
const GRACE_MS = 5000;

type QueryTimes = Pick<Query, "api" | "timeout" | "client_timeout" | "tail_for">;
type TargetTimes = Pick<Target, "timeout" | "client_timeout">;

/** When a tail has been open for long enough. */
export function tailMsOf(query: QueryTimes): number {
  return query.tail_for ?? DEFAULT_TAIL_MS;
}

/** The longest that a query can be in flight. */
export function clientTimeoutMs(query: QueryTimes, target: TargetTimes): number {
  if (query.api === "tail") return tailMsOf(query) + GRACE_MS;
  const serverMs = query.timeout ?? target.timeout;
  return (
    query.client_timeout ??
    target.client_timeout ??
    (serverMs === undefined ? DEFAULT_CLIENT_TIMEOUT_MS : serverMs + GRACE_MS)
  );
}
