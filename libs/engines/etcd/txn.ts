/**
 * Transactions on etcd: each raises a counter by one, unless another one was quicker; then it tries again with what it saw. A marker
 * of its own is written with it, so that a transaction that a dead worker has committed is not committed again. A counter is how
 * often its key was written, which etcd keeps count of, so that all counters together are the transactions that were committed.
 */

import { compileTemplate, drawerOf } from "../../load/draw.ts";
import type { Variable } from "../../protocol/config/queries.ts";
import type { AskedQuery } from "../../protocol/config/sides.ts";
import { clientTimeoutMs } from "../../protocol/config/timeouts.ts";
import type { CompiledQuery, Outcome, PreparedQuery } from "../engine.ts";
import type { HttpRequest } from "../http/request.ts";
import { scanText } from "../http/session.ts";
import { base64, explain, PATHS } from "./gateway.ts";
import { fillerOf } from "./operations.ts";
import type { EtcdParts } from "./parts.ts";

export interface TxnQuery extends PreparedQuery {
  readonly counter: string;
  readonly marker: string;
  readonly timeoutMs: number;
}

export interface Txns {
  compile(query: AskedQuery, shared: Readonly<Record<string, Variable>>): CompiledQuery;
  /** Commits a transaction. The outcome's rows are how many tries it took. */
  run(query: TxnQuery, done: (outcome: Outcome) => void): void;
}

/** Of one transaction; more would be a counter that nobody gets hold of. */
const MOST_TRIES = 100;
/** Two keys and their values. */
const MOST_ANSWER_BYTES = 65_536;

export function isTxn(query: PreparedQuery): boolean {
  return "marker" in query;
}

export function createTxns({ driver, keys, gateway, call, target, settings }: EtcdParts): Txns {
  /** How often each counter was written when it was seen last. */
  const versions = new Map<string, number>();
  const value = fillerOf(settings.valueBytes);
  const path = gateway + PATHS.txn;

  function bodyOf({ counter, marker }: TxnQuery): string {
    const same = { target: "VERSION", result: "EQUAL" };
    return JSON.stringify({
      compare: [
        { ...same, key: marker, version: "0" },
        { ...same, key: counter, version: String(versions.get(counter) ?? 0) },
      ],
      success: [{ request_put: { key: counter, value } }, { request_put: { key: marker, value: "" } }],
      failure: [{ request_range: { key: marker } }, { request_range: { key: counter } }],
    });
  }

  function run(query: TxnQuery, done: (outcome: Outcome) => void): void {
    const { counter, timeoutMs, describe } = query;
    const text = scanText(MOST_ANSWER_BYTES);
    let [tries, bytes, firstSentMs] = [0, 0, 0];

    function end({ outcome, doneMs, detail, message, resent }: Outcome): void {
      done({
        outcome,
        sentMs: firstSentMs,
        doneMs,
        bytes,
        rows: tries,
        detail,
        message,
        resent: resent === true,
      });
    }

    function attempt(leftMs: number): void {
      const sentVersion = versions.get(counter) ?? 0;
      const request: HttpRequest = {
        ...{ method: "POST", path, headers: call.headers(), body: bodyOf(query) },
        ...{ scan: () => text, timeoutMs: leftMs, explain, describe },
      };
      tries++;
      text.reset();
      driver.send(request, (answer) => {
        if (tries === 1) firstSentMs = answer.sentMs;
        bytes += answer.bytes;
        if (answer.outcome !== "ok") return end(answer);
        const found = readTxn(text.text());
        if (!found)
          return end({ ...plain(answer), outcome: "parse", detail: "not an answer to a transaction" });
        versions.set(counter, found.version ?? sentVersion + 1);
        if (found.isCommitted) return end(answer);
        const restMs = timeoutMs - (answer.doneMs - firstSentMs);
        if (tries >= MOST_TRIES || restMs <= 0)
          return end({
            ...plain(answer),
            outcome: "expect",
            detail: "conflict",
            message: `no luck in ${tries} tries`,
          });
        attempt(restMs);
      });
    }

    attempt(timeoutMs);
  }

  return {
    compile(query, shared) {
      const draw = drawerOf(query, shared);
      const template = compileTemplate(query.template);
      const timeoutMs = clientTimeoutMs(query, target);
      const prefix = keys.counters(query.pair?.name ?? query.name);
      return {
        prepare(context, arrival): TxnQuery {
          const name = template(draw(context, arrival).values);
          const { lane, index } = arrival;
          return {
            counter: base64(prefix + name),
            marker: base64(keys.marker(lane, index)),
            timeoutMs,
            describe: () => `txn ${name} of ${lane}.${index}`,
          };
        },
      };
    },
    run,
  };
}

/** An outcome without what its object says besides: it serves the next request. */
function plain({ sentMs, doneMs, bytes, rows, message, detail, outcome }: Outcome): Outcome {
  return { sentMs, doneMs, bytes, rows, message, detail, outcome };
}

/**
 * What an answer says: whether the transaction is committed, by this try or by one before it, and, where the counter was looked at,
 * how often it was written.
 */
export function readTxn(text: string): { isCommitted: boolean; version: number | undefined } | undefined {
  const answer = parse(text);
  if (!answer) return undefined;
  if (answer.succeeded === true) return { isCommitted: true, version: undefined };
  const [marker, counter] = answer.responses ?? [];
  if (!marker || !counter) return undefined;
  return {
    isCommitted: (marker.response_range?.kvs?.length ?? 0) > 0,
    version: Number(counter.response_range?.kvs?.[0]?.version ?? 0),
  };
}

interface TxnAnswer {
  readonly succeeded?: boolean;
  readonly responses?: readonly {
    readonly response_range?: { readonly kvs?: readonly { version?: string }[] };
  }[];
}

function parse(text: string): TxnAnswer | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === "object" && answer !== null ? answer : undefined;
  } catch {
    return undefined;
  }
}
