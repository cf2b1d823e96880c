/** The fields of requests about the library, executions and schedules. */

import { z } from "zod";
import { LIBRARY_KINDS, RUNNABLE_KINDS } from "../library/documents.ts";
import { TOKEN } from "../names.ts";
import { idempotency_key, page, reason, start } from "./requests.ts";

const name = z.string().regex(TOKEN).describe("the entry's name");
const kind = z.enum(LIBRARY_KINDS);
const values = z.record(z.string().min(1).max(200), z.unknown()).default({});
const parameters = values.describe("values of the scenarios' parameters, by name");
const set = values.describe("values of the configs that are to differ, by path: workload.duration");
const revision = z
  .number()
  .int()
  .min(0)
  .optional()
  .describe(
    "the revision that was seen; where it is another by now, nothing is done. 0: there is to be none",
  );

export const ListLibrary = z.strictObject({
  ...page,
  kind: kind.optional().describe("entries of this kind"),
});
export const OneEntry = z.strictObject({ kind, name });
export const PutEntry = z.strictObject({
  document: z
    .string()
    .describe("a BenchmarkConfig, a Scenario, a Suite, a Plan or a Schedule, in YAML or JSON"),
  revision,
});
export const DeleteEntry = z.strictObject({ kind, name, revision });

export const RunScenario = z.strictObject({ name, parameters, set, start, idempotency_key });

export const CreateExecution = z.strictObject({ kind: z.enum(RUNNABLE_KINDS), name, parameters, set });
export const ListExecutions = z.strictObject(page);
const id = z.string().regex(TOKEN).describe("the execution's id");
export const OneExecution = z.strictObject({ id });
export const StopExecution = z.strictObject({ id, reason: reason.optional() });

export const OneSchedule = z.strictObject({ name });
