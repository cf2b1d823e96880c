/** Follows a stream of events: read with fetch, because a browser's own reader can send no token. Comes back where it broke off. */

import { Refused, send } from "./client.ts";
import { retryWaitMs } from "./retry.ts";
import { createSseParser, type SseMessage, type SseParser } from "./sse-parser.ts";

/** `waiting`: broken off, and to be tried again; `refused`: the server will not. */
export type LinkState = "connecting" | "open" | "waiting" | "refused" | "over";

export interface Hearing {
  /** @returns whether this was the last one */
  message(message: SseMessage): boolean;
  state(state: LinkState): void;
}

/** The server breaks its silence each ten seconds; a connection that is silent for longer than twice that is dead. */
const SILENCE_LIMIT_MS = 25_000;

/** @returns stops it */
export function follow(path: string, hearing: Hearing): () => void {
  const stop = new AbortController();
  void keepReading(path, hearing, stop.signal);
  return () => stop.abort();
}

async function keepReading(path: string, hearing: Hearing, stop: AbortSignal): Promise<void> {
  let lastId = "";
  let failures = 0;
  let firstWaitMs: number | undefined;
  while (!stop.aborted) {
    hearing.state("connecting");
    const parser = createSseParser(lastId);
    const end = await readOnce(
      path,
      { lastId, parser, stop },
      (message) => {
        failures = 0;
        lastId = message.id;
        return hearing.message(message);
      },
      () => hearing.state("open"),
    );
    if (stop.aborted) return;
    if (end !== "broken") {
      hearing.state(end);
      return;
    }
    firstWaitMs = parser.retryMs() ?? firstWaitMs;
    failures++;
    hearing.state("waiting");
    await waitFor(retryWaitMs(failures, firstWaitMs), stop);
  }
}

interface Reading {
  readonly lastId: string;
  readonly parser: SseParser;
  readonly stop: AbortSignal;
}

/** One connection, to its end. */
async function readOnce(
  path: string,
  { lastId, parser, stop }: Reading,
  hear: (message: SseMessage) => boolean,
  onOpen: () => void,
): Promise<"broken" | "over" | "refused"> {
  const connection = new AbortController();
  const silence = watchSilence(() => connection.abort());
  const signal = AbortSignal.any([stop, connection.signal]);
  try {
    const headers = { accept: "text/event-stream", ...(lastId !== "" && { "last-event-id": lastId }) };
    const response = await send(path, { headers, signal });
    // All of it was told before.
    if (response.status === 204 || !response.body) return "over";
    onOpen();
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      silence.heard();
      for (const message of parser.push(decoder.decode(piece.value, { stream: true })))
        if (hear(message)) return "over";
    }
    return "broken";
  } catch (error) {
    return isFinal(error) ? "refused" : "broken";
  } finally {
    silence.end();
    connection.abort();
  }
}

/** What will not be otherwise at the next try; too many listeners, or a server that is not there, may. */
function isFinal(error: unknown): boolean {
  return error instanceof Refused && error.status >= 400 && error.status < 500 && error.status !== 429;
}

function watchSilence(onSilence: () => void) {
  let timer = setTimeout(onSilence, SILENCE_LIMIT_MS);
  return {
    heard() {
      clearTimeout(timer);
      timer = setTimeout(onSilence, SILENCE_LIMIT_MS);
    },
    end: () => clearTimeout(timer),
  };
}

function waitFor(waitMs: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      stop.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, waitMs);
    // A machine that wakes, or finds its network again, need not wait.
    addEventListener("online", done);
    stop.addEventListener("abort", done);
  });
}
