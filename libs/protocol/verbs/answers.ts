/** What verbs answer, and the problem document that any of them may answer with. */

import { z } from "zod";
import { Problem } from "../config/problems.ts";
import { MODELS } from "../config/workload.ts";
import { ERROR_CODES } from "../errors.ts";
import { LEDGER_STATES } from "../ledger.ts";
import { LogLine } from "../log-line.ts";
import { NodeStatus } from "../node.ts";
import { Note } from "../note.ts";
import { RunEvent, RunRecord } from "../run.ts";
import { SeriesRecord } from "../series.ts";

const Count = z.number().int().nonnegative();

const next_cursor = z.string().optional().describe("asks for the next page; none where this is the last");

export const RunPage = z.object({ runs: z.array(RunRecord), next_cursor });
export const SeriesPage = z.object({ series: z.array(SeriesRecord), next_cursor });
export const NodePage = z.object({ nodes: z.array(NodeStatus), next_cursor });

/** What a config would run. */
export const PlanSummary = z.object({
  name: z.string(),
  model: z.enum(MODELS),
  duration_ms: z.number().optional().describe("none in a count model without a limit"),
  planned: Count.optional().describe("queries; none in the closed model"),
  users: Count.optional().describe("of the closed model"),
  lanes: Count,
  slots_needed: Count,
  seed: Count.optional().describe("none where one is drawn at each run"),
  schedule_hash: z.string().optional().describe("none without a seed"),
  warnings: z.array(z.string()),
});

/** A run's config without its secrets. */
export const RunConfig = z.object({ revision: Count, config: z.record(z.string(), z.unknown()) });

/** A run that is no more, and what was about it. */
export const DeletedRun = z.object({ id: z.string() });

export const EventPage = z.object({
  events: z.array(z.object({ seq: Count.describe("its place in the log of events"), event: RunEvent })),
  next_cursor,
});

/** A slice that was published and is not settled. */
const OpenSlice = z.object({
  lane: Count,
  window: Count,
  state: z.enum(["queued", "held"]),
  node: z.string().optional().describe("who holds it, by the last heartbeat"),
});
export const SlicePage = z.object({ slices: z.array(OpenSlice), next_cursor });

/** What became of an attempt at a slice; the first one of a slice settles it. */
const SliceResult = z.object({
  seq: Count.describe("its place in the log of results"),
  lane: Count,
  window: Count,
  attempt: Count,
  node: z.string(),
  state: z.enum(["ran", "lost", "cancelled"]),
  reason: z.string().optional().describe("why nobody ran it"),
  started_ms: z.number().optional(),
  ended_ms: z.number().optional(),
  counts: z.record(z.enum(LEDGER_STATES), Count).optional().describe("of its queries"),
});
export type SliceResult = z.infer<typeof SliceResult>;
export const ResultPage = z.object({ results: z.array(SliceResult), next_cursor });

/** Log lines, the oldest first. */
export const LogLines = z.object({ lines: z.array(LogLine) });

export const NoteList = z.object({ notes: z.array(Note) });

/** A report in one of its formats, as it is written to a file. */
export const RenderedReport = z.object({ format: z.string(), text: z.string() });
export type RenderedReport = z.infer<typeof RenderedReport>;

/** RFC 9457, with the code of the error catalogue, what to do about it, and where the fault lies. */
export const ProblemDocument = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  instance: z.string().describe("the path that was asked for"),
  code: z.enum(ERROR_CODES),
  remedies: z.array(z.string()),
  errors: z.array(Problem).optional().describe("each problem of the config or of the request's fields"),
});
export type ProblemDocument = z.infer<typeof ProblemDocument>;
