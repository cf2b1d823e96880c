/** What can be listened to over HTTP, as server-sent events. Over NATS the same is heard on the subjects themselves. */

import type { ApiVerb } from "../names.ts";

export interface Stream {
  readonly summary: string;
  /** Below `/api/v1`. */
  readonly path: string;
  /** Who may ask for this verb may listen; its request has the fields of the path, and of the query. */
  readonly verb: ApiVerb;
}

export const STREAMS = {
  "run.stream": {
    summary:
      "A run as it goes: `event` for each of its events, `live` for its figures each second, `timeline` at the beginning for what is known of its time so far, with workers, queue and servers, `end` with its record when it is over. A client that comes back with Last-Event-ID misses no event",
    path: "/runs/{id}/stream",
    verb: "run.get",
  },
  "run.tail": {
    summary: "Log lines about a run: the last ones, then each as it comes",
    path: "/runs/{id}/logs/stream",
    verb: "run.logs",
  },
  "node.tail": {
    summary: "Log lines of a service: the last ones, then each as it comes",
    path: "/nodes/{node}/logs/stream",
    verb: "node.logs",
  },
} as const satisfies Readonly<Record<string, Stream>>;
