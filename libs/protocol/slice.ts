/** The slice: one lane for one window, the unit of dispatch, of redelivery and of accounting. Coordinator → worker. */

import { z } from "zod";
import { TOKEN } from "./names.ts";

const Ms = z.number();
const Index = z.number().int().nonnegative();

const common = {
  v: z.literal(1),
  run: z.string().regex(TOKEN),
  /** The leader's term of office; a worker refuses an epoch below the highest that it has seen. */
  epoch: Index,
  /** Which revision of the run's spec holds. */
  revision: Index,
  /** When it was published, on the reference clock. */
  published_ms: Ms,
};

const timed = {
  ...common,
  lane: Index,
  window: Index,
  /** The run's start on the reference clock; every other time of a slice counts from it. */
  t0_ms: Ms,
  /** The lane's arrival index of the slice's first query. */
  first: Index,
};

/** Arrivals at intended times, whether or not earlier ones were answered. */
const OpenSlice = z.object({ ...timed, kind: z.literal("open"), start_ms: Ms, end_ms: Ms, count: Index });
/** Users that start queries from when the slice is pulled until its window's end. */
const ClosedSlice = z.object({ ...timed, kind: z.literal("closed"), start_ms: Ms, end_ms: Ms });
/** A number of queries, as fast as the lane's users can. */
const CountSlice = z.object({ ...timed, kind: z.literal("count"), count: Index });
/** Nothing to do: it holds one slot until the run begins, and makes the queue as deep as the demand. */
const MusterSlice = z.object({ ...common, kind: z.literal("muster"), index: Index });

export const Slice = z.discriminatedUnion("kind", [OpenSlice, ClosedSlice, CountSlice, MusterSlice]);
export type Slice = z.infer<typeof Slice>;
export type OpenSlice = z.infer<typeof OpenSlice>;
export type ClosedSlice = z.infer<typeof ClosedSlice>;
export type CountSlice = z.infer<typeof CountSlice>;
export type MusterSlice = z.infer<typeof MusterSlice>;
/** A slice that asks for queries. */
export type WorkSlice = OpenSlice | ClosedSlice | CountSlice;

/** In place of a lane's number in the subject of a muster slice. */
export const MUSTER_LANE = "muster";
