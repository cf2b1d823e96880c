/**
 * The spool: results wait here until they are stored in the log, each once, in the order of their completion; those of one
 * lane strictly one after the other. While the bus is away nothing is tried and nothing is lost. Only a guess at what became of
 * a slice stands back for others.
 */

import { messageOf } from "../../../libs/protocol/errors.ts";
import type { RanResult } from "../../../libs/protocol/result.ts";

export interface SpoolParts {
  /** Stores a result; a repeated one with the same id is stored once. Rejects where it could not be. */
  readonly append: (result: RanResult) => Promise<void>;
  readonly isConnected: () => boolean;
  readonly nowMs: () => number;
}

export interface Spool {
  /** Resolves when the result is stored; rejects when it is dropped. */
  store(result: RanResult): Promise<void>;
  /** Whether so much waits that no more work should be taken up. */
  isFull(): boolean;
  /** Tries what waits: to be called each second, and at once when the link is back. */
  pump(): void;
  /** What is wrong, for people. */
  problem(): string | undefined;
}

interface Entry {
  readonly result: RanResult;
  readonly lane: string;
  readonly bytes: number;
  readonly sinceMs: number;
  readonly isGuess: boolean;
  isUnderWay: boolean;
  resolve(): void;
  reject(error: Error): void;
}

/** What the log takes as one message. */
const MAX_RESULT_BYTES = 2 ** 20;
/** A bus that is away must not cost the worker its memory: what comes beyond is dropped. */
const MAX_SPOOL_BYTES = 64 * 2 ** 20;
/** From here on no more work is taken up: the results of what is held still fit into the other half. */
const FULL_SPOOL_BYTES = MAX_SPOOL_BYTES / 2;
/** As many as a worker can have slots, and each waiting result keeps one. */
const MAX_SPOOLED = 10_000;
/** By then the coordinator has settled the slice without its result. */
const KEEP_LIMIT_MS = 10 * 60_000;
/** Appends under way at once: a bus that is 50 ms away still takes 300 results per second. */
const MAX_UNDER_WAY = 16;
/**
 * A guess stands back so long, from its beginning and from the last word of a bus in trouble: what is known of the slice may
 * wait in another worker's spool, which tries each second.
 */
const STAND_BACK_MS = 2000;
/** A result that waits longer than this is worth a word. */
const SLOW_STORE_MS = 2000;

export function createSpool({ append, isConnected, nowMs }: SpoolParts): Spool {
  const waiting: Entry[] = [];
  let bytesWaiting = 0;
  let underWay = 0;
  let dropped = 0;
  let refusedMs = Number.NEGATIVE_INFINITY;

  function remove(entry: Entry): void {
    waiting.splice(waiting.indexOf(entry), 1);
    bytesWaiting -= entry.bytes;
  }

  function drop(entry: Entry, why: string): void {
    dropped++;
    entry.reject(new Error(`a result was dropped: ${why}`));
  }

  async function send(entry: Entry): Promise<void> {
    entry.isUnderWay = true;
    underWay++;
    try {
      await append(entry.result);
      remove(entry);
      entry.resolve();
    } catch (error) {
      refusedMs = nowMs();
      if (nowMs() - entry.sinceMs > KEEP_LIMIT_MS) {
        remove(entry);
        drop(entry, `it could not be stored for ${KEEP_LIMIT_MS / 60_000} minutes: ${messageOf(error)}`);
      }
    } finally {
      entry.isUnderWay = false;
      underWay--;
    }
  }

  function standsBack({ isGuess, sinceMs }: Entry): boolean {
    return isGuess && nowMs() - Math.max(sinceMs, refusedMs) < STAND_BACK_MS;
  }

  function pump(): void {
    if (!isConnected()) return;
    const lanes = new Set<string>();
    for (const entry of [...waiting]) {
      if (underWay >= MAX_UNDER_WAY) return;
      if (standsBack(entry)) continue;
      const isFirstOfLane = !lanes.has(entry.lane);
      lanes.add(entry.lane);
      // What failed is tried again by the next call from outside: not at once, or a bus in trouble would be hammered.
      if (isFirstOfLane && !entry.isUnderWay) void send(entry).then(() => !waiting.includes(entry) && pump());
    }
  }

  return {
    store(result) {
      const bytes = Buffer.byteLength(JSON.stringify(result));
      return new Promise((resolve, reject) => {
        const lane = `${result.run}.${result.lane}`;
        const isGuess = isGuessed(result);
        const entry = { result, lane, bytes, sinceMs: nowMs(), isGuess, isUnderWay: false, resolve, reject };
        if (bytes > MAX_RESULT_BYTES) {
          drop(entry, `${bytes} bytes are more than the ${MAX_RESULT_BYTES} of one message`);
        } else if (bytesWaiting + bytes > MAX_SPOOL_BYTES || waiting.length >= MAX_SPOOLED) {
          drop(entry, `${waiting.length} results of ${bytesWaiting} bytes already wait for the bus`);
        } else {
          waiting.push(entry);
          bytesWaiting += bytes;
          pump();
        }
      });
    },
    isFull: () => bytesWaiting >= FULL_SPOOL_BYTES || waiting.length >= MAX_SPOOLED,
    pump,
    problem() {
      const waitedMs = nowMs() - (waiting.find(({ isGuess }) => !isGuess)?.sinceMs ?? nowMs());
      if (waitedMs > SLOW_STORE_MS) {
        return `${waiting.length} results wait for the bus, the first for ${Math.round(waitedMs / 1000)} s`;
      }
      return dropped > 0 ? `results that could not be stored and were dropped: ${dropped}` : undefined;
    },
  };
}

/** Whether a later attempt found all its time past: it has sent nothing, and what was sent before it does not know. */
function isGuessed({ attempt, cells }: RanResult): boolean {
  const sent = cells.reduce((sum, { ok, failed, timed_out }) => sum + ok + failed + timed_out, 0);
  return attempt > 1 && sent === 0 && cells.some(({ lost }) => lost > 0);
}
