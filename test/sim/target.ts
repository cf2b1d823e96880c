/** The target and the engine that asks it: answers come late, badly, or never, and every query that was sent is counted. */

import type { CompiledQuery, Engine, Outcome, PreparedQuery, Session } from "../../libs/engines/engine.ts";
import type { Random } from "../../libs/load/random.ts";
import type { OutcomeClass } from "../../libs/protocol/ledger.ts";
import type { SimProcess } from "./process.ts";

/** How the target feels. */
export interface Mood {
  readonly answerMs: number;
  /** One answer in so many takes up to `slowMs`; 0 for none. */
  readonly slowOneIn: number;
  readonly slowMs: number;
  /** One answer in so many is an error; 0 for none. */
  readonly failOneIn: number;
  /** One query in so many is never answered: its client gives up; 0 for none. */
  readonly hangOneIn: number;
}

/** A query on its way. */
export interface Sent {
  readonly process: SimProcess;
  /** The target's address: each config has its own. */
  readonly url: string;
  readonly query: string;
  readonly lane: number;
  readonly index: number;
}

/** Sees every query when it is sent and when it is over. */
export interface TargetWitness {
  sent(sent: Sent): void;
  ended(sent: Sent): void;
}

interface Prepared extends PreparedQuery {
  readonly query: string;
  readonly lane: number;
  readonly index: number;
}

interface Flying {
  readonly sent: Sent;
  readonly finish: (outcome: OutcomeClass) => void;
}

const CONNECTIONS = 4;
const WARM_MS = 5;

/** The engine of one process. What it has in flight ends with the process. */
export function createEngine(
  process: SimProcess,
  mood: () => Mood,
  random: Random,
  witness: TargetWitness,
): Engine {
  const chance = (oneIn: number) => oneIn > 0 && random() * oneIn < 1;

  function fate(clientTimeoutMs: number): { outcome: OutcomeClass; afterMs: number } {
    const { answerMs, slowOneIn, slowMs, failOneIn, hangOneIn } = mood();
    if (chance(hangOneIn)) return { outcome: "timeout", afterMs: clientTimeoutMs };
    const afterMs = answerMs * (0.2 + 1.6 * random()) + (chance(slowOneIn) ? slowMs * random() : 0);
    if (afterMs > clientTimeoutMs) return { outcome: "timeout", afterMs: clientTimeoutMs };
    return { outcome: chance(failOneIn) ? "http_5xx" : "ok", afterMs };
  }

  return {
    name: "victorialogs",
    open({ target: { url, client_timeout: clientTimeoutMs = 30_000 }, now }): Session {
      const flying = new Set<Flying>();

      function run(prepared: PreparedQuery, done: (outcome: Outcome) => void): void {
        const { query, lane, index } = prepared as Prepared;
        const sent: Sent = { process, url, query, lane, index };
        const sentMs = now();
        if (!process.isAlive()) return;
        witness.sent(sent);
        const { outcome, afterMs } = fate(clientTimeoutMs);
        const cancel = process.clock.after(afterMs, () => entry.finish(outcome));
        const entry: Flying = {
          sent,
          finish(how) {
            if (!flying.delete(entry)) return;
            cancel();
            witness.ended(sent);
            const isOk = how === "ok";
            const said = isOk ? "" : how;
            done({
              outcome: how,
              sentMs,
              doneMs: now(),
              bytes: isOk ? 100 : 0,
              rows: isOk ? 1 : 0,
              detail: said,
              message: said,
            });
          },
        };
        flying.add(entry);
        process.act();
      }

      return {
        compile: (query): CompiledQuery => ({
          prepare: (_context, { lane, index }): Prepared => ({
            query: query.name,
            lane,
            index,
            describe: () => query.name,
          }),
        }),
        run,
        warm: () => new Promise((resolve) => process.clock.after(WARM_MS, () => resolve(undefined))),
        connections: () => CONNECTIONS,
        abortAll() {
          for (const entry of [...flying]) process.clock.after(0, () => entry.finish("aborted"));
        },
        async close() {
          for (const entry of [...flying]) entry.finish("aborted");
        },
      };
    },
  };
}
