/** Two targets as one session: each query is asked of the target of its side. Whoever sends need not know that there are two. */

import type { Side } from "../protocol/config/sides.ts";
import type { CompiledQuery, PreparedQuery, Session } from "./engine.ts";

/** A query that is ready to be sent, and where to. */
interface AimedQuery extends PreparedQuery {
  readonly session: Session;
  readonly prepared: PreparedQuery;
}

export function pairedSession(sides: Readonly<Record<Side, Session>>): Session {
  const both = [sides.a, sides.b];
  return {
    compile(query, shared): CompiledQuery {
      if (!query.pair) throw new Error(`query ${query.name} is of neither side`);
      const session = sides[query.pair.side];
      const compiled = session.compile(query, shared);
      return {
        prepare(context, arrival): AimedQuery {
          const prepared = compiled.prepare(context, arrival);
          return { session, prepared, describe: () => prepared.describe() };
        },
      };
    },
    run(query, done) {
      const { session, prepared } = query as AimedQuery;
      session.run(prepared, done);
    },
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
