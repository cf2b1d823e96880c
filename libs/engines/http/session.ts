/** What all engines that speak HTTP have in common: a driver, connections made ahead of time, and questions of their own. */

import { LogburstError } from "../../protocol/errors.ts";
import type { OpenOptions, Outcome, Probed, Session } from "../engine.ts";
import { type BodyScan, scanLines } from "./body.ts";
import { type HttpDriver, openDriver } from "./driver.ts";
import type { HttpRequest } from "./request.ts";

/** How long a question of the engine's own may take. */
const OWN_TIMEOUT_MS = 3000;
/** Of an answer to a question of the engine's own: more is none. */
const MOST_OWN_BYTES = 8_000_000;

/** A request whatever it asks. */
export type OwnRequest = Pick<HttpRequest, "path"> &
  Partial<Pick<HttpRequest, "method" | "headers" | "body" | "timeoutMs" | "scan">>;

/** How a question of the engine's own ended, with the whole answer where it was good. */
export type OwnAnswer = Pick<Outcome, "outcome" | "detail" | "message"> & { readonly text: string };

export interface HttpSession {
  readonly driver: HttpDriver;
  /** The path of the target's address, without a slash at its end. */
  readonly prefix: string;
  /** The part of a session that is the same for all. */
  readonly session: Pick<Session, "run" | "connections" | "abortAll" | "close">;
  /** Asks something of the engine's own. */
  ask(request: OwnRequest): Promise<OwnAnswer>;
  /** Asks a page for the version that stands in it. @throws LogburstError where the target does not say */
  version(request: OwnRequest, find: (page: string) => string | undefined): Promise<Probed>;
  /** Opens connections by asking for a page that costs nothing. */
  warm(request: OwnRequest, connections: number): Promise<string | undefined>;
}

export function openHttp(options: OpenOptions): HttpSession {
  const driver = openDriver(options);

  function ask(own: OwnRequest): Promise<OwnAnswer> {
    const text = scanText(MOST_OWN_BYTES);
    const request: HttpRequest = {
      method: own.body === undefined ? "GET" : "POST",
      headers: [],
      body: "",
      scan: () => text,
      timeoutMs: OWN_TIMEOUT_MS,
      describe: () => `${own.method ?? "GET"} ${own.path}`,
      ...own,
    };
    return new Promise((resolve) => {
      driver.send(request, ({ outcome, detail, message }) =>
        resolve({ outcome, detail, message, text: text.text() }),
      );
    });
  }

  return {
    driver,
    prefix: new URL(options.target.url).pathname.replace(/\/$/, ""),
    session: {
      run: (query, done) => driver.send(query as HttpRequest, done),
      connections: driver.connections,
      abortAll: driver.abortAll,
      close: driver.close,
    },
    ask,
    async version(own, find) {
      const { outcome, detail, text } = await ask(own);
      const version = outcome === "ok" ? find(text) : undefined;
      if (version) return { version };
      const why = outcome === "ok" ? "it names none" : `${outcome} ${detail}`;
      throw new LogburstError(
        "target_unreachable",
        `the target does not say which version it is at ${own.path}: ${why}`,
      );
    },
    async warm(own, connections) {
      const asked = Array.from({ length: connections }, () => ask({ ...own, scan: scanLines }));
      const failed = (await Promise.all(asked)).find(({ outcome }) => outcome !== "ok");
      return failed && `${failed.outcome}: ${failed.message}`;
    },
  };
}

export interface TextScan extends BodyScan {
  text(): string;
}

/** Keeps a body, up to a size: for answers that are read as a whole. */
export function scanText(mostBytes: number): TextScan {
  let pieces: Buffer[] = [];
  let bytes = 0;
  return {
    push(chunk, from, past) {
      bytes += past - from;
      // The bytes are the connection's, and other ones soon.
      if (bytes <= mostBytes) pieces.push(Buffer.from(chunk.subarray(from, past)));
    },
    reset() {
      pieces = [];
      bytes = 0;
    },
    rows: () => (bytes > 0 ? 1 : 0),
    isWhole: () => bytes <= mostBytes,
    text: () => Buffer.concat(pieces).toString("utf8"),
  };
}
