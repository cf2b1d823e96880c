/** The fields of requests, one schema per verb. */

import { z } from "zod";
import { REPORT_FORMATS } from "../config/schema.ts";
import { TOKEN } from "../names.ts";
import { Phase } from "../run.ts";

const RunId = z.string().regex(TOKEN).describe("the run's id");

/** A list that asks for more is cut into pages. */
const MAX_PAGE = 500;

const page = {
  limit: z.number().int().min(1).max(MAX_PAGE).default(100).describe("entries of a page"),
  cursor: z.string().max(200).optional().describe("where the page before ended: its next_cursor"),
};

export const CreateRun = z.strictObject({
  config: z.string().describe("a BenchmarkConfig, in YAML or JSON"),
});

export const OneRun = z.strictObject({ id: RunId });

export const StopRun = z.strictObject({
  id: RunId,
  reason: z.string().min(1).max(500).optional().describe("why, for the run's log"),
});

export const ListRuns = z.strictObject({
  ...page,
  name: z.string().max(64).optional().describe("runs whose names contain this, whatever the case"),
  phase: z.enum(Phase.options).optional().describe("runs in this phase"),
});

export const RunReport = z.strictObject({
  id: RunId,
  format: z.enum(REPORT_FORMATS).default("json").describe("the face of the report"),
});

export const ListNodes = z.strictObject({ ...page });
