/** The result: what became of a slice's queries. One per attempt; the first one settles the slice. Worker → log. */

import { z } from "zod";
import { AftercareEntry } from "./aftercare.ts";
import { Change } from "./change.ts";
import { type Parsed, parseBytes, parseObject } from "./door.ts";
import { FleetPoint } from "./fleet.ts";
import { OUTCOME_CLASSES, REASONS } from "./ledger.ts";
import { type Names, TOKEN } from "./names.ts";
import { SERVER_LIMITS, ServerSample } from "./server.ts";

const Count = z.number().int().nonnegative();
const Ms = z.number();

/** Bounds on one result, so that neither the message nor what is kept of it can grow without end. */
export const RESULT_LIMITS = {
  cells: 5000,
  /** Kinds of errors that keep their details and samples; the rest is counted by query and class. */
  errorKinds: 100,
  errors: 2500,
  /** Samples of one error in one result. */
  samples: 2,
  messageChars: 300,
  requestChars: 1000,
  reasons: 2000,
} as const;

/** A latency distribution as text: see libs/stats/sparse.ts. */
const DISTRIBUTION_CHARS = 400_000;
const Distribution = z.string().max(DISTRIBUTION_CHARS);

/** What happened to one query in one second of the run (by intended start; by real start where none is intended). */
export const Cell = z.object({
  query: Count,
  second: Count,
  ok: Count,
  failed: Count,
  timed_out: Count,
  missed: Count,
  lost: Count,
  cancelled: Count,
  bytes: Count,
  rows: Count,
  /** How many were sent twice, because a server's end of an idle connection had crossed them; none when not given. */
  resent: Count.optional(),
  /** Sent → answered, of those that were ok. */
  service: Distribution.optional(),
  /** Intended → answered, of those that were ok; only where a start is intended. */
  response: Distribution.optional(),
  /** Intended → sent; only where a start is intended. */
  lag: Distribution.optional(),
  /** Sent → given up or answered badly: never mixed with the good ones. */
  failed_service: Distribution.optional(),
  /** What the target says that it took, of those that were ok; only where it says so. */
  server: Distribution.optional(),
  /** Sent → delivered, of what subscriptions brought in this second. */
  delivery: Distribution.optional(),
});
export type Cell = z.infer<typeof Cell>;

export const ErrorEntry = z.object({
  query: Count,
  class: z.enum(OUTCOME_CLASSES),
  /** What tells errors of a class apart: a status, an error code. */
  detail: z.string().max(100),
  count: Count,
  first_ms: Ms,
  last_ms: Ms,
  samples: z
    .array(
      z.object({
        at_ms: Ms,
        message: z.string().max(RESULT_LIMITS.messageChars),
        request: z.string().max(RESULT_LIMITS.requestChars),
      }),
    )
    .max(RESULT_LIMITS.samples),
});
export type ErrorEntry = z.infer<typeof ErrorEntry>;

export const ReasonEntry = z.object({
  query: Count,
  state: z.enum(["missed", "lost", "cancelled"]),
  reason: z.enum(REASONS),
  count: Count,
});
export type ReasonEntry = z.infer<typeof ReasonEntry>;

/** How well the worker's process did while it had the slice: the generator accuses itself. */
export const GeneratorHealth = z.object({
  /** 99th percentile of the event loop's delay, in milliseconds. */
  loop_delay_p99_ms: z.number().nonnegative(),
  /** Share of one core that the process used. */
  cpu_cores: z.number().nonnegative(),
  rss_mb: z.number().nonnegative(),
  clock_error_ms: z.number().nonnegative(),
});
export type GeneratorHealth = z.infer<typeof GeneratorHealth>;

const common = {
  v: z.literal(1),
  run: z.string().regex(TOKEN),
  lane: Count,
  window: Count,
  /** JetStream's delivery count of the slice; 0 where nobody ran it. */
  attempt: Count,
  epoch: Count,
  node: z.string().regex(TOKEN),
  /** The revision of the run that the slice was published under; the first one where it is not said. */
  revision: Count.optional(),
};

/** A worker had the slice and says what became of each of its queries. */
export const RanResult = z.object({
  ...common,
  kind: z.literal("ran"),
  /** Per query of the config: how many this slice answers for. Cells add up to the same, or the result is refused. */
  planned: z.array(Count),
  /** The lane's next arrival index: where a chain goes on. */
  next: Count,
  published_ms: Ms,
  started_ms: Ms,
  ended_ms: Ms,
  /** Time that the lane's users were driven, in milliseconds; 0 outside the closed model. */
  driven_user_ms: z.number().nonnegative(),
  cells: z.array(Cell).max(RESULT_LIMITS.cells),
  reasons: z.array(ReasonEntry).max(RESULT_LIMITS.reasons),
  errors: z.array(ErrorEntry).max(RESULT_LIMITS.errors),
  health: GeneratorHealth,
});
export type RanResult = z.infer<typeof RanResult>;

/** Nobody ran the slice, or nobody will say; the coordinator settles it, and the plan says how many queries it had. */
const VerdictResult = z.object({
  ...common,
  kind: z.literal("verdict"),
  state: z.enum(["lost", "cancelled"]),
  reason: z.enum(REASONS),
});
export type VerdictResult = z.infer<typeof VerdictResult>;

export type Result = RanResult | VerdictResult;

/**
 * A leader takes the run over, or up: it stands in the run's log before anything that this leader decides. What a leader of a
 * lower epoch decides after it does not count.
 */
const Fence = z.object({
  v: z.literal(1),
  kind: z.literal("fence"),
  run: z.string().regex(TOKEN),
  /** Of the subject; a fence is for all lanes. */
  lane: z.literal(0),
  epoch: Count,
  node: z.string().regex(TOKEN),
});
export type Fence = z.infer<typeof Fence>;

/**
 * All that was published is settled, and nothing more will be: the run is over here. What stands behind it in the log does
 * not count, so that what counts follows from the order of this log alone.
 */
const End = z.object({
  v: z.literal(1),
  kind: z.literal("end"),
  run: z.string().regex(TOKEN),
  /** Of the subject; the end is that of all lanes. */
  lane: z.literal(0),
  epoch: Count,
  node: z.string().regex(TOKEN),
});
export type End = z.infer<typeof End>;

/**
 * The run is changed from a time on. It counts from its place in this log, unless something of what it changes stands settled
 * before it: so whoever reads the log knows which results are of slices as they are planned now.
 */
const Changed = z.object({
  v: z.literal(1),
  kind: z.literal("changed"),
  run: z.string().regex(TOKEN),
  /** Of the subject; a change is that of all lanes. */
  lane: z.literal(0),
  epoch: Count,
  node: z.string().regex(TOKEN),
  change: Change,
});
export type Changed = z.infer<typeof Changed>;

/** How the target's servers do at a moment, as the leader has read it: it changes no book, wherever it stands. */
const ServerEntry = z.object({
  v: z.literal(1),
  kind: z.literal("server"),
  run: z.string().regex(TOKEN),
  /** Of the subject; servers are those of all lanes. */
  lane: z.literal(0),
  epoch: Count,
  node: z.string().regex(TOKEN),
  samples: z.array(ServerSample).min(1).max(SERVER_LIMITS.servers),
});
export type ServerEntry = z.infer<typeof ServerEntry>;

/** How the run's workers and its queue stand, as the leader sees them: it changes no book either. */
const FleetEntry = z.object({
  v: z.literal(1),
  kind: z.literal("fleet"),
  run: z.string().regex(TOKEN),
  /** Of the subject; the fleet is that of all lanes. */
  lane: z.literal(0),
  epoch: Count,
  node: z.string().regex(TOKEN),
  point: FleetPoint,
});
export type FleetEntry = z.infer<typeof FleetEntry>;

/** What stands in the log of results. */
export const LogEntry = z.discriminatedUnion("kind", [
  RanResult,
  VerdictResult,
  Fence,
  Changed,
  ServerEntry,
  FleetEntry,
  AftercareEntry,
  End,
]);
export type LogEntry = z.infer<typeof LogEntry>;

/** A worker's result as nearly all are: the schema, but for its cells, which are looked at by hand. */
const PlainRanResult = RanResult.extend({ cells: z.custom<Cell[]>(areCells) });

/** Whether these are cells to the schema, and nothing else: there are thousands of them a second, and the schema takes tenfold. */
function areCells(value: unknown): value is Cell[] {
  return Array.isArray(value) && value.length <= RESULT_LIMITS.cells && value.every(isCell);
}

const CELL_COUNTS = 10;

function isCell(value: unknown): value is Cell {
  if (typeof value !== "object" || value === null) return false;
  const cell = value as { readonly [key in keyof Cell]: unknown };
  const areCounts =
    isCount(cell.query) &&
    isCount(cell.second) &&
    isCount(cell.ok) &&
    isCount(cell.failed) &&
    isCount(cell.timed_out) &&
    isCount(cell.missed) &&
    isCount(cell.lost) &&
    isCount(cell.cancelled) &&
    isCount(cell.bytes) &&
    isCount(cell.rows);
  if (!areCounts) return false;
  let keys = CELL_COUNTS;
  if (cell.resent !== undefined) {
    if (!isCount(cell.resent)) return false;
    keys++;
  }
  for (const text of [
    cell.service,
    cell.response,
    cell.lag,
    cell.failed_service,
    cell.server,
    cell.delivery,
  ]) {
    if (text === undefined) continue;
    if (typeof text !== "string" || text.length > DISTRIBUTION_CHARS) return false;
    keys++;
  }
  // A key more is not of a cell: the schema leaves it out.
  return Object.keys(cell).length === keys;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** What stands in the log of results, or why it is none: by the schema, and sooner where a result is as nearly all are. */
export function parseLogEntry(json: unknown): Parsed<LogEntry> {
  const plain = PlainRanResult.safeParse(json);
  return plain.success ? { ok: true, value: plain.data } : parseObject(LogEntry, json);
}

/**
 * A message of the log of results, which must stand on its own subject: coordinator and aggregator read the same.
 * @returns what is wrong with it, in a word and in words, when it is none
 */
export function readLogEntry(
  names: Names,
  data: Uint8Array,
  subject: string,
): LogEntry | { kind: "unreadable"; why: "schema" | "subject"; reason: string } {
  const parsed = parseBytes(data, parseLogEntry);
  if (!parsed.ok) return { kind: "unreadable", why: "schema", reason: parsed.reason };
  if (subject === names.subjects.result(parsed.value.run, parsed.value.lane)) return parsed.value;
  return { kind: "unreadable", why: "subject", reason: "is not its subject" };
}
