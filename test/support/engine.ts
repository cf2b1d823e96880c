/** Runs single queries through the VictoriaLogs engine. */

import type { LookupFunction } from "node:net";
import type { HttpLane, Outcome, Session } from "../../libs/engines/engine.ts";
import { victoriaLogs } from "../../libs/engines/victorialogs/engine.ts";
import { Query } from "../../libs/protocol/config/queries.ts";
import { Target } from "../../libs/protocol/config/target.ts";
import { systemClock } from "../../libs/runtime/clock.ts";

export interface OpenedTarget extends AsyncDisposable {
  readonly session: Session;
  /** Asks once; what is not given takes its default. */
  ask(query: object): Promise<Outcome>;
}

export function openTarget(
  url: string,
  more: object = {},
  http?: HttpLane,
  lookup?: LookupFunction,
): OpenedTarget {
  const session = victoriaLogs.open({
    target: Target.parse({ url, ...more }),
    resolveSecret: () => "",
    now: systemClock.nowMs,
    http,
    lookup,
  });
  return {
    session,
    ask(query) {
      const parsed = Query.parse({ name: "query", template: "*", ...query });
      const context = { seed: 1, lanes: 1, t0Ms: Date.now() };
      const prepared = session
        .compile(parsed, {})
        .prepare(context, { lane: 0, index: 0, occurrence: 0, atMs: 0 });
      return new Promise((resolve) => {
        // A copy: the object is the engine's own and serves the next query.
        session.run(prepared, (outcome) => {
          const { outcome: how, sentMs, doneMs, bytes, rows, detail, message } = outcome;
          resolve({ outcome: how, sentMs, doneMs, bytes, rows, detail, message });
        });
      });
    },
    [Symbol.asyncDispose]: session.close,
  };
}
