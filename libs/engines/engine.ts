/** What a query engine is: it opens a target, compiles queries, runs them, and says how each one ended. */

import type { LookupFunction } from "node:net";
import type { Arrival, DrawContext } from "../load/draw.ts";
import type { EngineChoice } from "../protocol/config/engines.ts";
import type { Variable } from "../protocol/config/queries.ts";
import type { SecretSource } from "../protocol/config/scalars.ts";
import type { AskedQuery } from "../protocol/config/sides.ts";
import type { Target } from "../protocol/config/target.ts";
import type { OutcomeClass } from "../protocol/ledger.ts";
import type { ServerIdentity, ServerValues } from "../protocol/server.ts";
import type { compileTexts } from "./texts.ts";

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
  /** What the target says that it took, in milliseconds, where it says so. */
  readonly serverMs?: number | undefined;
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
  /** What the config says of the engine besides its name. */
  readonly engine?: Pick<EngineChoice, "version" | "options"> | undefined;
  /** Names what the run leaves at the target, so that it can be told from what is there; a run's id, and a side where there are two. */
  readonly scope?: string | undefined;
  /** The value of a secret that the target's auth names. */
  readonly resolveSecret: (source: SecretSource) => string;
  readonly now: Now;
  /** What a query asks at each arrival, for engines that have no template language of their own. */
  readonly texts?: typeof compileTexts;
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
  /** It stays open and brings what comes: it is subscribed to, not run. */
  readonly isStream?: boolean | undefined;
}

/**
 * Hears what a subscription brings: when it was sent, by the clock of the engine, and when it was here. What has no time of its
 * own was sent when it came.
 */
export type Delivered = (sentMs: number, deliveredMs: number) => void;

/** What some engines can besides. */
interface Abilities {
  /** Opens a subscription; `done` is called exactly once, when it is over, and `delivered` never after that. */
  subscribe(query: PreparedQuery, delivered: Delivered, done: (outcome: Outcome) => void): void;
  /** Asks the target what it is. Rejects where it does not say. */
  probe(): Promise<Probed>;
  /** Counts, after the last query, the operations that the target holds of some queries. */
  verify(queries: readonly CountedQuery[]): Promise<Counted[]>;
  /** Removes what the run left at the target. May be called again. */
  cleanup(): Promise<{ readonly removed: number; readonly left: number }>;
}

/** What a target says that it is. */
export interface Probed {
  readonly version: string;
  /** Of the second target, where there are two. */
  readonly second?: string | undefined;
}

/** A query by its place in the config. */
export interface CountedQuery {
  readonly query: number;
  readonly asked: AskedQuery;
}

export interface Counted {
  readonly query: number;
  readonly operations: number;
}

/** A target that was opened for one run. */
export interface Session extends Partial<Abilities> {
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
  /** It leaves something at the target: the leader opens it once more after the last query, and has it verify and clean up. */
  readonly isStateful?: boolean;
  open(options: OpenOptions): Session;
  /** Where servers of this kind tell how they do. @param options whose target is the page itself */
  telemetry?(options: OpenOptions): Telemetry;
}
