/** The routes of the streams. */

import type { Context, Hono } from "hono";
import type { Bucket, Bus } from "../../../../libs/bus/bus.ts";
import { STREAMS, type Stream } from "../../../../libs/protocol/verbs/streams.ts";
import { type RequestOf, VERBS } from "../../../../libs/protocol/verbs/table.ts";
import type { Verb } from "../../../../libs/protocol/verbs/verb.ts";
import type { Clock } from "../../../../libs/runtime/clock.ts";
import type { Guard } from "../guard.ts";
import type { LiveBook } from "../live-book.ts";
import type { LogBook } from "../log-book.ts";
import { readRequest } from "../request.ts";
import { runNamed } from "../stored.ts";
import { askerOf, fieldsOf, routeOf } from "./request.ts";
import { createStreaming, type Listener } from "./sse.ts";
import { isAllTold, tellLog, tellRun } from "./streams.ts";

export interface StreamParts {
  readonly bus: Bus;
  readonly runs: Bucket;
  readonly logs: LogBook;
  readonly lives: LiveBook;
  readonly clock: Clock;
  readonly guard: Guard;
}

/** Says what a stream tells; nothing where there is nothing left to tell. */
type Telling = (
  context: Context,
  fields: never,
) => Promise<((listener: Listener) => Promise<void>) | undefined>;

export function addStreams(app: Hono, parts: StreamParts): void {
  const streaming = createStreaming(parts.clock);
  const tellings: Readonly<Record<keyof typeof STREAMS, Telling>> = {
    async "run.stream"(context, { id }: RequestOf<"run.get">) {
      const lastSeen = Number.parseInt(context.req.header("last-event-id") ?? "", 10);
      const fromSeq = lastSeen > 0 ? lastSeen + 1 : 1;
      const isBack = fromSeq > 1;
      if ((await isAllTold(parts, id, fromSeq)) && isBack) return undefined;
      return (listener) => tellRun(parts, id, fromSeq, listener);
    },
    async "run.tail"(_context, { id, level }: RequestOf<"run.logs">) {
      await runNamed(parts.runs, id);
      return (listener) => tellLog(parts.logs, { run: id, level }, listener);
    },
    async "node.tail"(_context, { node, level }: RequestOf<"node.logs">) {
      return (listener) => tellLog(parts.logs, { node, level }, listener);
    },
  };
  for (const [name, { path, verb }] of Object.entries(STREAMS) as [keyof typeof STREAMS, Stream][]) {
    app.get(routeOf(path), async (context) => {
      await parts.guard(verb, askerOf(context));
      const like: Verb = { ...(VERBS[verb] as Verb), path };
      const telling = await tellings[name](context, readRequest(like, await fieldsOf(like, context)));
      // What a browser takes for the end, and does not come back.
      return telling ? streaming.stream(context, telling) : context.body(null, 204);
    });
  }
}
