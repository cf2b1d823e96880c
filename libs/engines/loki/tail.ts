/** Loki's live tail: a WebSocket on which lines come as they are stored, for as long as the query says. */

import { compileTemplate, drawerOf } from "../../load/draw.ts";
import type { Variable } from "../../protocol/config/queries.ts";
import type { AskedQuery } from "../../protocol/config/sides.ts";
import { clientTimeoutMs, tailMsOf } from "../../protocol/config/timeouts.ts";
import type { CompiledQuery, Delivered, OpenOptions, Outcome, PreparedQuery } from "../engine.ts";
import { type Classified, classifyError, classifyStatus } from "../http/classify.ts";
import { openTls } from "../http/client-tls.ts";
import { peerOf } from "../http/dial.ts";
import { wordsOf } from "../http/tls-words.ts";
import { openWebSocket, type WebSocketEnd } from "../http/websocket.ts";
import { asArgument, asIs, compileParams } from "../http/words.ts";
import { explain, refusalIn } from "./refusals.ts";
import { readTailMessage } from "./tail-message.ts";

/** A tail, ready to be opened. */
export interface TailQuery extends PreparedQuery {
  readonly isStream: true;
  /** All but where it begins. */
  readonly path: string;
  readonly headers: readonly string[];
  readonly tailMs: number;
  readonly timeoutMs: number;
}

export interface Tails {
  compile(
    query: AskedQuery,
    shared: Readonly<Record<string, Variable>>,
    headers: readonly string[],
  ): CompiledQuery;
  subscribe(query: PreparedQuery, delivered: Delivered, done: (outcome: Outcome) => void): void;
  open(): number;
  /** Ends all of them; each ends as `aborted`. */
  abortAll(): void;
}

/** A message is some entries at once; Loki itself sends no more than a few MB in one. */
const MOST_MESSAGE_BYTES = 16_000_000;
/** A tail begins so long ago: Loki refuses one that begins in its future, and its clock may be a little behind. */
const BEFORE_MS = 1000;
const STOPPED: Classified = { outcome: "aborted", detail: "stopped" };

export function createTails(options: OpenOptions, prefix: string): Tails {
  const { target, now, lookup } = options;
  const running = new Set<(how: Classified) => void>();
  const { origin } = new URL(target.url);
  const peer = peerOf(new URL(target.url), lookup, openTls(options));

  function subscribe(query: TailQuery, delivered: Delivered, done: (outcome: Outcome) => void): void {
    const sentMs = now();
    let [bytes, rows, dropped] = [0, 0, 0];
    let isOpen = false;

    function end({ outcome, detail, message = detail }: Classified): void {
      if (!running.delete(end)) return;
      clearTimeout(enough);
      clearTimeout(late);
      close();
      done({ outcome, sentMs, doneMs: now(), bytes, rows, detail, message });
    }

    function take(message: Buffer): void {
      bytes += message.length;
      const told = readTailMessage(message);
      if (!told) {
        end({ outcome: "parse", detail: "no tail", message: "a message that is not one of a tail" });
        return;
      }
      const deliveredMs = now();
      rows += told.entriesMs.length;
      dropped += told.dropped;
      // Nobody waited before the tail began, and no line came before it was written, whatever a writer's clock says.
      for (const entryMs of told.entriesMs)
        delivered(Math.min(deliveredMs, Math.max(sentMs, entryMs)), deliveredMs);
    }

    function endInTime(): void {
      if (!isOpen) return;
      if (dropped === 0) end({ outcome: "ok", detail: "" });
      else end({ outcome: "expect", detail: "entries dropped", message: `Loki left out ${dropped} entries` });
    }

    running.add(end);
    const startNs = `${Math.floor(sentMs - BEFORE_MS)}000000`;
    const url = new URL(`${query.path}&start=${startNs}`, origin);
    const close = openWebSocket(
      { url, headers: query.headers, peer, mostBytes: MOST_MESSAGE_BYTES },
      {
        opened() {
          isOpen = true;
          if (now() - sentMs >= query.tailMs) endInTime();
        },
        message: take,
        ended: (how) => end(endOf(how, peer.isTls)),
      },
    );
    const enough = setTimeout(endInTime, query.tailMs);
    const late = setTimeout(() => end({ outcome: "timeout", detail: "client timeout" }), query.timeoutMs);
  }

  return {
    compile(query, shared, headers) {
      const draw = drawerOf(query, shared);
      const words = writeWords(query, asIs, " ");
      const form = writeWords(query, asArgument, "&");
      const path = `${prefix}/loki/api/v1/tail`;
      const common = { isStream: true, headers, tailMs: tailMsOf(query) } as const;
      const timeoutMs = clientTimeoutMs(query, target);
      return {
        prepare(context, arrival): TailQuery {
          const { values } = draw(context, arrival);
          const describe = () => `GET ${path} ${words(values)}`;
          return { ...common, timeoutMs, path: `${path}?${form(values)}`, describe };
        },
      };
    },
    subscribe: (query, delivered, done) => subscribe(query as TailQuery, delivered, done),
    open: () => running.size,
    abortAll() {
      for (const end of [...running]) end(STOPPED);
    },
  };
}

function writeWords(query: AskedQuery, encode: (text: string) => string, between: string) {
  const template = compileTemplate(query.template, encode);
  const limit = query.limit === undefined ? "" : `${between}limit=${query.limit}`;
  const params = compileParams(query, encode);
  return (values: Parameters<typeof template>[0]): string => {
    const more = params.map(([name, write]) => `${between}${name}=${write(values)}`);
    return `query=${template(values)}${limit}${more.join("")}`;
  };
}

/** A tail goes on until its client has had enough: whatever ends it before is a failure. */
function endOf(how: WebSocketEnd, isTls: boolean): Classified {
  if (how.kind === "broken") {
    const { outcome, detail } = classifyError(how.error, how.wasOpen, 0);
    return { outcome, detail, message: wordsOf(how.error, outcome, isTls && !how.wasOpen) };
  }
  if (how.kind === "closed") {
    const why = refusalIn(how.reason);
    return { outcome: "protocol", detail: `closed ${why ?? how.code}`, message: how.reason };
  }
  const { outcome, detail } = classifyStatus(how.status);
  return { outcome, detail: explain(how.status, how.body) ?? detail, message: how.body || detail };
}
