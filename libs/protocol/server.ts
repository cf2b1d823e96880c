/** How the target's server does during a run: what is read of it, as it stands in the run's log, and what the report makes of it. */

import { z } from "zod";

const Count = z.number().int().nonnegative();

/** Bounds on what is kept of a server, so that neither a message nor a report grows without end. */
export const SERVER_LIMITS = {
  /** Servers of one target: the parts of a cluster. */
  servers: 8,
  flags: 60,
  nameChars: 80,
  valueChars: 120,
  wordsChars: 200,
} as const;

/** No figure of a server is beyond this; one that is, is a fault. */
const MOST = 1e18;
const Figure = z.number().nonnegative().max(MOST);

/** Figures that only grow, until the server starts anew. */
export const COUNTERS = [
  /** Seconds of CPU time. */
  "cpu_s",
  /** Queries that it took up, whoever sent them. */
  "queries",
  /** Queries that it executed and told the time of, and that time, without the wait for their turn. */
  "timed",
  "executing_s",
  /** Queries that found every place taken and had to wait; those of them that waited in vain. */
  "waits",
  "wait_timeouts",
  "errors",
  "merges",
  "rows_ingested",
  "disk_read_bytes",
] as const;
export type ServerCounter = (typeof COUNTERS)[number];

/** Figures of the moment. */
const GAUGES = [
  /** Queries that have a place and execute; places that there are. */
  "executing",
  "places",
  "rss_bytes",
  "merging",
  "cores",
  /** When the process was started, in seconds of its own clock. */
  "started_s",
] as const;

/** What a server tells at one moment, in words that no engine owns; what it does not tell is not there. */
export const ServerValues = z.partialRecord(z.enum([...COUNTERS, ...GAUGES]), Figure);
export type ServerValues = z.infer<typeof ServerValues>;

/** Which program a server is, and what it was started with. */
export const ServerIdentity = z.object({
  version: z.string().max(SERVER_LIMITS.valueChars),
  /** The flags that somebody set; secrets are masked. */
  flags: z.record(z.string().max(SERVER_LIMITS.nameChars), z.string().max(SERVER_LIMITS.valueChars)),
});
export type ServerIdentity = z.infer<typeof ServerIdentity>;

/** One server at one moment, or why nothing is known of it. */
export const ServerSample = z.object({
  /** Its place among the target's servers. */
  server: Count.max(SERVER_LIMITS.servers - 1),
  /** Milliseconds of the run. */
  at_ms: z.number(),
  values: ServerValues.optional(),
  /** With a leader's first sample, and when it is another one. */
  identity: ServerIdentity.optional(),
  failure: z.string().max(SERVER_LIMITS.wordsChars).optional(),
});
export type ServerSample = z.infer<typeof ServerSample>;

const Told = z.number().nullable();

/** A stretch between two samples, or between more of them where a long run has too many. What a server does not tell is null. */
export const ServerPoint = z.object({
  from_s: z.number(),
  to_s: z.number(),
  cpu_cores: Told,
  /** CPU time over the queries that it took up. */
  cpu_ms_per_query: Told,
  queries_per_s: Told,
  /** The mean time of an execution. */
  execution_ms: Told,
  /** The most that a sample found. */
  executing: Told,
  places: Told,
  waits_per_s: Told,
  rss_mb: Told,
  merging: Told,
});
export type ServerPoint = z.infer<typeof ServerPoint>;

const ServerReport = z.object({
  url: z.string(),
  version: z.string().nullable(),
  flags: z.record(z.string(), z.string()),
  /** Samples that were read, and tries that failed. */
  samples: Count,
  failed: Count,
  /** Why tries failed: the last reason. */
  failure: z.string().nullable(),
  restarts: Count,
  /** Cores that the server may use. */
  cores: Told,
  cpu_s: Told,
  cpu_cores_mean: Told,
  cpu_cores_max: Told,
  cpu_ms_per_query: Told,
  queries: Told,
  execution_ms: Told,
  executing_max: Told,
  places: Told,
  /** Share of the samples that found every place taken. */
  full_share: Told,
  waits: Told,
  wait_timeouts: Told,
  /** Share of the queries that had to wait. */
  waited_share: Told,
  errors: Told,
  rss_mb_max: Told,
  merging_max: Told,
  merges: Told,
  rows_ingested: Told,
  disk_read_mb: Told,
  timeline: z.array(ServerPoint),
});
export type ServerReport = z.infer<typeof ServerReport>;

/** p99 is waiting, not execution: in which server's queue, and the figures that say so. */
const Queueing = z.object({
  server: Count,
  /** Length of the stretches in which p99 was high, and the mean of it there. */
  seconds: z.number(),
  p99_ms: z.number(),
  /** Share of that time in which the server was full, and of its queries that had to wait there. */
  full_share: z.number(),
  waited_share: Told,
  places: Told,
  /** Means there: of the service time, of the execution, and of the wait, which is what lies between. */
  service_ms: z.number(),
  execution_ms: z.number(),
  wait_ms: z.number(),
  /** All of it in a sentence. */
  words: z.string(),
});
export type Queueing = z.infer<typeof Queueing>;

/** The server's side of a run. */
export const ServerSide = z.object({ servers: z.array(ServerReport), queueing: Queueing.nullable() });
export type ServerSide = z.infer<typeof ServerSide>;

/** A live run's newest figures of one server. */
export const LiveServer = ServerPoint.extend({ url: z.string() });
export type LiveServer = z.infer<typeof LiveServer>;

/** What a step of a series says of its server; of a cluster, the part that was waited for most. */
export const StepServer = z.object({
  executing_max: Told,
  places: Told,
  full_share: Told,
  waited_share: Told,
  cpu_cores: Told,
  cpu_ms_per_query: Told,
  is_queueing: z.boolean(),
});
export type StepServer = z.infer<typeof StepServer>;
