/** Two targets as one session: each query is asked of the target of its side. Whoever sends need not know that there are two. */

import type { Side } from "../protocol/config/sides.ts";
import type { CompiledQuery, PreparedQuery, Probed, Session } from "./engine.ts";

/** A query that is ready to be sent, and where to. */
interface AimedQuery extends PreparedQuery {
  readonly session: Session;
  readonly prepared: PreparedQuery;
}

/** Names what one side of a run leaves at its target. */
export function scopeOf(run: string, side?: Side): string {
  return side === undefined ? run : `${run}-${side}`;
}

export function pairedSession(sides: Readonly<Record<Side, Session>>): Session {
  const both = [sides.a, sides.b];
  const [first, second] = both.map(({ probe }) => probe);
  return {
    compile(query, shared): CompiledQuery {
      if (!query.pair) throw new Error(`query ${query.name} is of neither side`);
      const session = sides[query.pair.side];
      const compiled = session.compile(query, shared);
      return {
        prepare(context, arrival): AimedQuery {
          const prepared = compiled.prepare(context, arrival);
          const { isStream } = prepared;
          return { session, prepared, isStream, describe: () => prepared.describe() };
        },
      };
    },
    run(query, done) {
      const { session, prepared } = query as AimedQuery;
      session.run(prepared, done);
    },
    subscribe(query, delivered, done) {
      const { session, prepared } = query as AimedQuery;
      if (session.subscribe) session.subscribe(prepared, delivered, done);
      else session.run(prepared, done);
    },
    ...(first && second && { probe: () => probeBoth(first, second) }),
    async warm(connections) {
      const [a, b] = await Promise.all(both.map((session) => session.warm(connections)));
      return a === undefined ? b && `side b: ${b}` : `side a: ${a}`;
    },
    connections: () => both.reduce((sum, session) => sum + session.connections(), 0),
    abortAll() {
      for (const session of both) session.abortAll();
    },
    async close() {
      await Promise.all(both.map((session) => session.close()));
    },
  };
}

type Probe = NonNullable<Session["probe"]>;

async function probeBoth(probeFirst: Probe, probeSecond: Probe): Promise<Probed> {
  const [{ version }, { version: second }] = await Promise.all([probeFirst(), probeSecond()]);
  return { version, second };
}
