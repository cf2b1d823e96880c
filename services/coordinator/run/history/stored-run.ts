/** A run as a leader comes to drive it: just accepted, or found live. */

import type { Plan } from "../../../../libs/load/plan.ts";
import type { BenchmarkConfig } from "../../../../libs/protocol/config/schema.ts";
import type { RunRecord } from "../../../../libs/protocol/run.ts";

export interface StoredRun {
  readonly record: RunRecord;
  /** Of the record. */
  readonly storedRevision: number;
  readonly config: BenchmarkConfig;
  readonly plan: Plan;
  /** Accepted by this leader, and not taken over. */
  readonly isNew: boolean;
}
