/** Runs single queries through an engine. */

import type { LookupFunction } from "node:net";
import type { Engine, HttpLane, OpenOptions, Outcome, Session } from "../../libs/engines/engine.ts";
import { compileTexts } from "../../libs/engines/texts.ts";
import { victoriaLogs } from "../../libs/engines/victorialogs/engine.ts";
import { Query, type Variable } from "../../libs/protocol/config/queries.ts";
import { Target } from "../../libs/protocol/config/target.ts";
import { systemClock } from "../../libs/runtime/clock.ts";

export interface OpenedTarget extends AsyncDisposable {
  readonly session: Session;
  /** Asks once; what is not given takes its default. @param index of the arrival */
  ask(query: object, index?: number): Promise<Outcome>;
}

export function openTarget(
  url: string,
  more: object = {},
  http?: HttpLane,
  lookup?: LookupFunction,
): OpenedTarget {
  return openEngine(victoriaLogs, url, { more, http, lookup });
}

type EngineOptions = Pick<OpenOptions, "http" | "lookup" | "engine" | "scope"> &
  Partial<Pick<OpenOptions, "resolveSecret">> & {
    /** Of the target. */
    readonly more?: object;
    readonly variables?: Readonly<Record<string, Variable>>;
  };

export function openEngine(
  engine: Engine,
  url: string,
  { more, variables = {}, ...options }: EngineOptions = {},
): OpenedTarget {
  const session = engine.open({
    target: Target.parse({ url, ...more }),
    resolveSecret: () => "",
    now: systemClock.nowMs,
    texts: compileTexts,
    ...options,
  });
  return {
    session,
    ask(query, index = 0) {
      const parsed = Query.parse({ name: "query", template: "*", ...query });
      const context = { seed: 1, lanes: 1, t0Ms: Date.now() };
      const arrival = { lane: 0, index, occurrence: index, atMs: 0 };
      const prepared = session.compile(parsed, variables).prepare(context, arrival);
      return new Promise((resolve) => {
        // A copy: the object is the engine's own and serves the next query.
        session.run(prepared, (outcome) => {
          const { outcome: how, sentMs, doneMs, bytes, rows, detail, message, serverMs } = outcome;
          const served = serverMs === undefined ? {} : { serverMs };
          resolve({ outcome: how, sentMs, doneMs, bytes, rows, detail, message, ...served });
        });
      });
    },
    [Symbol.asyncDispose]: session.close,
  };
}
