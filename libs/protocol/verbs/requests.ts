/** The fields of requests, one schema per verb. */

import { z } from "zod";
import { ChangeRequest } from "../change.ts";
import { REPORT_FORMATS } from "../config/formats.ts";
import { LOG_LEVELS } from "../log-line.ts";
import { TOKEN } from "../names.ts";
import { NODE_STATES } from "../node.ts";
import { NOTE_KINDS, NOTE_STATES } from "../note.ts";
import { Phase } from "../run.ts";
import { SERIES_KINDS, SERIES_PHASES } from "../series.ts";

const RunId = z.string().regex(TOKEN).describe("the run's id");

const Time = z.iso.datetime({ offset: true });

/** A list that asks for more is cut into pages. */
const MAX_PAGE = 500;

export const page = {
  limit: z.number().int().min(1).max(MAX_PAGE).default(100).describe("entries of a page"),
  cursor: z.string().max(200).optional().describe("where the page before ended: its next_cursor"),
};

const config = z.string().describe("a BenchmarkConfig, in YAML or JSON");
export const start = z
  .boolean()
  .default(true)
  .describe("false: only accept it; it waits until it is started");
export const idempotency_key = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .describe("a request that comes again with its key, within 30 days, means the same run");

/** The header that carries an idempotency key. */
export const KEY_HEADER = { "idempotency-key": "idempotency_key" } as const;

export const ValidateConfig = z.strictObject({ config });

export const CreateRun = z.strictObject({ config, start, idempotency_key });

export const CloneRun = z.strictObject({
  id: RunId,
  set: z
    .record(z.string().min(1).max(200), z.unknown())
    .default({})
    .describe("values of the config that are to differ, by path: workload.duration"),
  start,
  idempotency_key,
});

export const OneRun = z.strictObject({ id: RunId });

export const reason = z.string().min(1).max(500).describe("why, for the run's log");

export const StopRun = z.strictObject({ id: RunId, reason: reason.optional() });

export const ApproveRun = z.strictObject({ id: RunId, reason: reason.optional() });

export const RejectRun = z.strictObject({ id: RunId, reason });

export const ChangeRun = ChangeRequest.extend({ id: RunId });

export const ApplyConfig = z.strictObject({ id: RunId, config });

export const ListRuns = z.strictObject({
  ...page,
  name: z.string().max(64).optional().describe("runs whose names contain this, whatever the case"),
  phase: z.enum(Phase.options).optional().describe("runs in this phase"),
  label: z
    .string()
    .regex(/^[^=]+(=.*)?$/)
    .max(200)
    .optional()
    .describe("runs with this label, or with this value of it: team, team=search"),
  since: Time.optional().describe("runs that were accepted at this time or later"),
  until: Time.optional().describe("runs that were accepted before this time"),
});

export const ListSeries = z.strictObject({
  ...page,
  name: z.string().max(64).optional().describe("series whose names contain this, whatever the case"),
  kind: z.enum(SERIES_KINDS).optional().describe("repeats, or searches"),
  phase: z.enum(SERIES_PHASES).optional().describe("series in this phase"),
});

const SeriesId = z
  .string()
  .regex(TOKEN)
  .describe("the series' id, which stands in the record of each of its runs");

export const OneSeries = z.strictObject({ id: SeriesId });

export const StopSeries = z.strictObject({ id: SeriesId, reason: StopRun.shape.reason });

const log_page = {
  ...page,
  limit: page.limit.unwrap().max(200).default(50).describe("entries of a page"),
};

export const ListEvents = z.strictObject({ id: RunId, ...log_page });

const lane = z.number().int().min(0).optional().describe("of this lane alone");

export const ListSlices = z.strictObject({ id: RunId, lane, ...page });

export const ListResults = z.strictObject({ id: RunId, lane, ...log_page });

const text = z.string().trim().min(1).max(4000).describe("in plain text");

export const CreateNote = z.strictObject({
  id: RunId,
  text,
  kind: z.enum(NOTE_KINDS).default("note").describe("an issue is open until it is closed"),
});

export const UpdateNote = z.strictObject({
  id: RunId,
  note: z.number().int().min(1).describe("the note's number"),
  text: text.optional(),
  state: z.enum(NOTE_STATES).optional().describe("of an issue"),
});

export const RunReport = z.strictObject({
  id: RunId,
  format: z.enum(REPORT_FORMATS).default("json").describe("the face of the report"),
});

export const CompareRuns = z.strictObject({
  baseline: RunId,
  contender: RunId.describe("the run that is held against it"),
});

export const ListNodes = z.strictObject({
  ...page,
  status: z.enum(NODE_STATES).optional().describe("nodes in this state"),
});

const log_filter = {
  limit: page.limit.describe("the last lines, so many of them"),
  level: z.enum(LOG_LEVELS).optional().describe("lines of this level and graver ones"),
};

export const RunLogs = z.strictObject({ id: RunId, ...log_filter });

export const NodeLogs = z.strictObject({
  node: z.string().regex(TOKEN).describe("the id of a worker, a coordinator or an aggregator"),
  ...log_filter,
});

export const OneNode = z.strictObject({ node: z.string().regex(TOKEN).describe("the node's id") });

export const KillAll = z.strictObject({
  reason: z.string().min(1).max(500).default("no reason was given").describe("why, for every run's log"),
});

export const Nothing = z.strictObject({});
