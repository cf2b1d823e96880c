/** Requests to the leading coordinator and their answers, over NATS and over REST alike. */

import { z } from "zod";
import { ConfigProblems, Problem } from "./config/problems.ts";
import { ERRORS, type ErrorCode, LogburstError } from "./errors.ts";
import { RunRecord } from "./run.ts";
import { RequestProblems } from "./verbs/problems.ts";

/** An answer is never empty and says in its body whether it worked: `nats req` shows the body and exits 0 either way. */
export const ApiError = z.object({
  ok: z.literal(false),
  code: z.string(),
  message: z.string(),
  remedies: z.array(z.string()).default([]),
  problems: z.array(Problem).default([]),
});
export type ApiError = z.infer<typeof ApiError>;

/** The error that an answer tells of. */
export function errorOf({ code, message, remedies, problems }: ApiError): LogburstError {
  if (code === "bad_config" && problems.length > 0) return new ConfigProblems(problems);
  if (code === "bad_request" && problems.length > 0) return new RequestProblems(problems);
  return new LogburstError(code in ERRORS ? (code as ErrorCode) : "internal", message, { remedies });
}

export const RunReply = z.union([z.object({ ok: z.literal(true), run: RunRecord }), ApiError]);
export type RunReply = z.infer<typeof RunReply>;

/** The reference clock's answer. */
export const TimeReply = z.object({ now_ms: z.number() });

/** The seed's health answer, on every service. */
export const Health = z.object({
  status: z.enum(["healthy", "degraded"]),
  timestamp: z.string(),
  version: z.string(),
  active_nodes: z.number().int(),
  running_tasks: z.number().int(),
});
export type Health = z.infer<typeof Health>;
