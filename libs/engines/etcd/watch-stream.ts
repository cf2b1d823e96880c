/** What a watcher is sent: lines of JSON, each with some events. Says of each event when it was sent, and whether all came in order. */

import type { BodyScan } from "../http/body.ts";

/** How the events of a watch carry who wrote them, which one it is, and when it was sent. */
export function eventValue(token: string, number: number, sentMs: number): string {
  return `${token}:${number}:${sentMs}`;
}

/** Hears what a watcher is sent. */
export interface WatchListener {
  /** The server has taken the watch up. */
  created(): void;
  /** @param sentMs by the writer's clock */
  event(sentMs: number): void;
  /** Nothing more is to be waited for, for reasons of the listener's own. */
  isGivenUp(): boolean;
}

export interface WatchScan extends BodyScan {
  /** Why what came is not what was written; undefined where all of it came, once each, in order. */
  wrong(): { readonly detail: string; readonly message: string } | undefined;
}

interface WatchLine {
  readonly result?: {
    readonly created?: boolean;
    readonly canceled?: boolean;
    readonly compact_revision?: string;
    readonly cancel_reason?: string;
    readonly events?: readonly {
      readonly type?: string;
      readonly kv?: { mod_revision?: string; value?: string };
    }[];
  };
  readonly error?: { readonly message?: string };
}

const NEWLINE = 10;
/** A line is one answer of the server: some events at once. */
const MOST_LINE_BYTES = 16_000_000;

/**
 * @param events how many are to come
 * @param token of the writer whose events count
 */
export function scanWatch(events: number, token: string, listener: WatchListener): WatchScan {
  let pieces: Buffer[] = [];
  let lineBytes = 0;
  let count = 0;
  let revision = 0;
  let trouble: string | undefined;
  let seen = new Uint8Array(events);

  function endLine(): void {
    const text = Buffer.concat(pieces).toString("utf8");
    pieces = [];
    lineBytes = 0;
    if (text !== "") readLine(text);
  }

  function readLine(text: string): void {
    const line = parse(text);
    if (!line?.result) {
      blame(line?.error ? `etcd says ${line.error.message ?? "no more"}` : "a line that cannot be read");
      return;
    }
    const {
      created,
      canceled,
      compact_revision: compacted,
      cancel_reason: reason,
      events: told = [],
    } = line.result;
    if (canceled)
      blame(
        `canceled${compacted === undefined ? "" : `, compacted to ${compacted}`}${reason ? `: ${reason}` : ""}`,
      );
    else if (created) listener.created();
    for (const event of Array.isArray(told) ? told : []) {
      const { mod_revision: revision = "", value = "" } = event?.kv ?? {};
      takeEvent(String(revision), String(value));
    }
  }

  function takeEvent(modRevision: string, value: string): void {
    const [who, number, sentMs] = Buffer.from(value, "base64").toString("utf8").split(":");
    if (who !== token) return;
    const [at, isAt] = [Number(number), Number(modRevision)];
    if (!(isAt > revision)) blame("out of order");
    else if (!(at < events)) blame("an event that nobody wrote");
    else if (seen[at] === 1) blame("an event came twice");
    revision = isAt;
    seen[at] = 1;
    count++;
    listener.event(Number(sentMs));
  }

  /** What was found first stands. */
  function blame(words: string): void {
    trouble ??= words;
  }

  return {
    push(bytes, from, past) {
      for (let at = from; at < past; ) {
        const end = bytes.indexOf(NEWLINE, at);
        const isEnd = end >= 0 && end < past;
        const piece = bytes.subarray(at, isEnd ? end : past);
        lineBytes += piece.length;
        // The bytes are the connection's, and other ones soon.
        if (lineBytes <= MOST_LINE_BYTES) pieces.push(Buffer.from(piece));
        else blame("a line that is too long");
        if (isEnd) endLine();
        at = isEnd ? end + 1 : past;
      }
    },
    reset() {
      pieces = [];
      [lineBytes, count, revision] = [0, 0, 0];
      trouble = undefined;
      seen = new Uint8Array(events);
    },
    rows: () => count,
    isWhole: () => true,
    isEnough: () => count >= events || trouble !== undefined || listener.isGivenUp(),
    wrong() {
      if (trouble !== undefined) return { detail: "events are wrong", message: trouble };
      if (count >= events) return undefined;
      return { detail: "events are missing", message: `${count} of ${events} events came` };
    },
  };
}

function parse(text: string): WatchLine | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === "object" && line !== null ? (line as WatchLine) : undefined;
  } catch {
    return undefined;
  }
}
