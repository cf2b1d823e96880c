/** Server-sent events: a client gets what there is at its own pace, and one that takes nothing for too long is let go. */

import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import { LogburstError } from "../../../../libs/protocol/errors.ts";
import type { Clock } from "../../../../libs/runtime/clock.ts";

export interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
  /** What a client that comes back says it has seen. */
  readonly id?: string;
}

/** Where a stream's words go. */
export interface Listener {
  /** Resolves when the client has room for more. Rejects when it is gone, or takes nothing. */
  send(event: ServerEvent): Promise<void>;
  /** Waits until `wake` is called, or for a second. */
  pause(): Promise<void>;
  wake(): void;
  isGone(): boolean;
}

/** Clients of one coordinator that listen at once. */
const MAX_LISTENERS = 200;
/** A client that takes nothing for so long is let go. */
const PATIENCE_MS = 30_000;
/** How long a stream may be silent: proxies cut what is silent for longer. */
const SILENCE_LIMIT_MS = 10_000;
/** A browser whose stream broke comes back after this. */
const RETRY_MS = 1000;
/** What is told by no message is looked for so often. */
const LOOK_MS = 1000;

export interface Streaming {
  /** Answers with a stream, which ends when `tell` does. @throws LogburstError `too_many_listeners` */
  stream(context: Context, tell: (listener: Listener) => Promise<void>): Response;
}

export function createStreaming(clock: Clock): Streaming {
  let listeners = 0;
  return {
    stream(context, tell) {
      if (listeners >= MAX_LISTENERS) {
        throw new LogburstError("too_many_listeners", `${listeners} clients listen, which is the most`, {
          remedies: ["listen at another coordinator, or ask for pages"],
        });
      }
      listeners++;
      // Proxies must not gather what is to come at once.
      context.header("x-accel-buffering", "no");
      return streamSSE(context, async (stream) => {
        let isGone = false;
        const listener = listenerOver(clock, {
          write: (text) => stream.write(text).then(() => undefined),
          isGone: () => isGone || stream.aborted || stream.closed,
        });
        stream.onAbort(() => {
          isGone = true;
          listener.wake();
        });
        try {
          await tell(listener);
        } catch {
          // The client is gone, or the bus is: either way it comes back when it likes.
        } finally {
          listeners--;
        }
      });
    },
  };
}

/** A connection as a listener needs it. */
interface Wire {
  /** Resolves when there is room for more. */
  write(text: string): Promise<void>;
  isGone(): boolean;
}

export function listenerOver(clock: Clock, wire: Wire): Listener {
  let wake: () => void = () => undefined;
  let isWoken = false;
  let isFirst = true;
  let silentMs = 0;

  async function write(text: string): Promise<void> {
    if (wire.isGone()) throw new Error("the client is gone");
    silentMs = 0;
    let cancel: () => void = () => undefined;
    const tooLong = new Promise<never>((_resolve, reject) => {
      cancel = clock.after(PATIENCE_MS, () => reject(new Error("the client takes nothing")));
    });
    await Promise.race([wire.write(text), tooLong]).finally(() => cancel());
  }

  return {
    async send({ event, data, id }) {
      const retry = isFirst ? `retry: ${RETRY_MS}\n` : "";
      isFirst = false;
      const place = id === undefined ? "" : `id: ${id}\n`;
      await write(`${retry}event: ${event}\n${place}data: ${JSON.stringify(data)}\n\n`);
    },
    async pause() {
      if (!isWoken && !wire.isGone()) {
        await new Promise<void>((resolve) => {
          const cancel = clock.after(LOOK_MS, resolve);
          wake = () => {
            cancel();
            resolve();
          };
        });
        silentMs += LOOK_MS;
      }
      isWoken = false;
      if (silentMs >= SILENCE_LIMIT_MS && !wire.isGone()) await write(":\n\n");
    },
    wake() {
      isWoken = true;
      wake();
    },
    isGone: wire.isGone,
  };
}
