/** What verbs answer, and the problem document that any of them may answer with. */

import { z } from "zod";
import { Problem } from "../config/problems.ts";
import { ERROR_CODES } from "../errors.ts";
import { NodeStatus } from "../node.ts";
import { RunRecord } from "../run.ts";

const next_cursor = z.string().optional().describe("asks for the next page; none where this is the last");

export const RunPage = z.object({ runs: z.array(RunRecord), next_cursor });
export const NodePage = z.object({ nodes: z.array(NodeStatus), next_cursor });

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
