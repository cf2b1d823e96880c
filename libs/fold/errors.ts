/** The errors of a run: one entry for each query, class and detail, with a few samples. */

import { z } from "zod";
import { OUTCOME_CLASSES } from "../protocol/ledger.ts";
import type { RanResult } from "../protocol/result.ts";

const KeptError = z.object({
  query: z.number(),
  class: z.enum(OUTCOME_CLASSES),
  detail: z.string(),
  count: z.number(),
  first_ms: z.number(),
  last_ms: z.number(),
  samples: z.array(
    z.object({ at_ms: z.number(), node_id: z.string(), message: z.string(), request: z.string() }),
  ),
});
export type KeptError = z.infer<typeof KeptError>;

export const ErrorsSnapshot = z.array(KeptError);
export type ErrorsSnapshot = z.infer<typeof ErrorsSnapshot>;

/** Kinds of errors that a run keeps; more are counted in the ledger alone. */
const MAX_ERROR_KINDS = 500;
const SAMPLES_PER_ERROR = 3;

export interface Errors {
  add(result: Pick<RanResult, "errors" | "node">): void;
  all(): readonly KeptError[];
  toSnapshot(): ErrorsSnapshot;
}

export function createErrors(snapshot: ErrorsSnapshot = []): Errors {
  const errors = new Map<string, KeptError>(snapshot.map((error) => [keyOf(error), error]));

  return {
    add({ errors: added, node }) {
      for (const { samples, ...error } of added) {
        const named = samples.map((sample) => ({ ...sample, node_id: node }));
        const kept = errors.get(keyOf(error));
        if (kept) join(kept, { ...error, samples: named });
        else if (errors.size < MAX_ERROR_KINDS) errors.set(keyOf(error), { ...error, samples: named });
      }
    },
    all: () => [...errors.values()],
    toSnapshot: () => [...errors.values()],
  };
}

function join(kept: KeptError, more: KeptError): void {
  kept.count += more.count;
  kept.first_ms = Math.min(kept.first_ms, more.first_ms);
  kept.last_ms = Math.max(kept.last_ms, more.last_ms);
  kept.samples.push(...more.samples.slice(0, Math.max(0, SAMPLES_PER_ERROR - kept.samples.length)));
}

function keyOf(error: Pick<KeptError, "query" | "class" | "detail">): string {
  return `${error.query} ${error.class} ${error.detail}`;
}
