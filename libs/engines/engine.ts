/** What a query engine is: it opens a target, compiles queries, runs them, and says how each one ended. */

import type { LookupFunction } from "node:net";
import type { Arrival, DrawContext } from "../load/draw.ts";
import type { Variable } from "../protocol/config/queries.ts";
import type { SecretSource } from "../protocol/config/scalars.ts";
import type { AskedQuery } from "../protocol/config/sides.ts";
import type { Target } from "../protocol/config/target.ts";
import type { OutcomeClass } from "../protocol/ledger.ts";
import type { ServerIdentity, ServerValues } from "../protocol/server.ts";

/** The time, as engines are given it: epoch milliseconds with a fraction. */
export type Now = () => number;

/** How one query ended. The object belongs to the engine and is valid during the call alone. */
export interface Outcome {
  readonly outcome: OutcomeClass;
  /** When the first byte was handed to the connection, or the try was made where there was none. */
  readonly sentMs: number;
  readonly doneMs: number;
  readonly bytes: number;
  readonly rows: number;
  /** Where the outcome is not ok: what tells errors of its class apart, and what was said. */
  readonly detail: string;
  readonly message: string;
  /** Whether it was sent a second time, because a server's end of an idle connection had crossed it on its way. */
  readonly resent?: boolean;
}

/**
 * What carries HTTP: a client of our own on bare sockets, which costs a third of the CPU, or undici, for servers that the
 * former does not get on with.
 */
export type HttpLane = "socket" | "undici";

export interface OpenOptions {
  readonly target: Target;
  /** The value of a secret that the target's auth names. */
  readonly resolveSecret: (source: SecretSource) => string;
  readonly now: Now;
  /** For engines that speak HTTP; bare sockets when not given. */
  readonly http?: HttpLane | undefined;
  /** From names to the addresses that may be connected to; the system's when not given. */
  readonly lookup?: LookupFunction | undefined;
}

/** A query made ready to be sent any number of times. */
export interface CompiledQuery {
  /** The request of one arrival, ready to be sent. */
  prepare(context: DrawContext, arrival: Arrival): PreparedQuery;
}

/** One query, ready to be sent once. */
export interface PreparedQuery {
  /** What is asked, in words for a person; holds no secret. */
  describe(): string;
}

/** A target that was opened for one run. */
export interface Session {
  compile(query: AskedQuery, shared: Readonly<Record<string, Variable>>): CompiledQuery;
  /** Sends a query now; `done` is called exactly once, never before this returns. */
  run(query: PreparedQuery, done: (outcome: Outcome) => void): void;
  /** Opens connections ahead of time. @returns what went wrong, if anything did; the run may be tried all the same */
  warm(connections: number): Promise<string | undefined>;
  connections(): number;
  /** Ends what is in flight; each query ends as `aborted`. */
  abortAll(): void;
  close(): Promise<void>;
}

/** What a server told of itself, or why it did not; what is final would be the same the next time. */
export type Told =
  | { readonly values: ServerValues; readonly identity: ServerIdentity }
  | { readonly failure: string; readonly isFinal: boolean };

/** A server that is asked now and then how it does. */
export interface Telemetry {
  /** Asks once; not to be called again before it has resolved. Never rejects. */
  ask(): Promise<Told>;
  close(): Promise<void>;
}

/** An engine: the plug-in that knows one kind of target. */
export interface Engine {
  readonly name: string;
  open(options: OpenOptions): Session;
  /** Where servers of this kind tell how they do. @param options whose target is the page itself */
  telemetry?(options: OpenOptions): Telemetry;
}
