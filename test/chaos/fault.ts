/** What a fault of the chaos suite is: what it does, to what system, and what is promised about it. */

import type { Random } from "../../libs/load/random.ts";
import type { Report } from "../../libs/protocol/report.ts";
import type { RunEvent, RunRecord } from "../../libs/protocol/run.ts";
import type { CountingProxy } from "../support/counting-proxy.ts";
import type { FaultProxy } from "../support/fault-proxy.ts";
import type { LoggedResult } from "./books.ts";
import type { Stage } from "./stage.ts";

export type Model = "open" | "closed" | "count";

/** The system that a fault strikes. What is not said: one NATS server, one coordinator, three workers. */
export interface Setup {
  readonly isClustered?: boolean;
  readonly hasStandby?: boolean;
  readonly workers?: number;
  /** TLS everywhere, and everybody by key with no more than their role may do. */
  readonly isSecured?: boolean;
}

/** A stage with a run on it. */
export interface Scene extends Stage {
  readonly proxy: CountingProxy;
  /** Between all workers and the proxy before the target. */
  readonly targetLink: FaultProxy;
  readonly model: Model;
  readonly random: Random;
  /** As it was accepted. */
  readonly run: RunRecord;
  /** When the run begins, by this machine's clock; undefined while it musters. */
  readonly startsMs: number | undefined;
  readonly lengthMs: number;
  /** Says that the fault strikes now: recovery counts from the first time that it is said. */
  struck(): void;
}

/** What is known when the run is over. */
export interface Outcome {
  readonly scene: Scene;
  readonly record: RunRecord;
  readonly report: Report;
  readonly events: readonly RunEvent[];
  readonly logged: readonly LoggedResult[];
  readonly struckMs: number;
}

export interface Fault {
  readonly name: string;
  /** What happens, and what is promised, each in a sentence. */
  readonly does: string;
  readonly promises: string;
  /** The models that it is run with; the short version takes the first. */
  readonly models: readonly Model[];
  readonly setup?: Setup;
  /** Strikes while workers gather, not in the middle of the run. */
  readonly duringMuster?: boolean;
  /** Length of its runs where it needs more time than others. */
  readonly lengthS?: number;
  /** Thresholds of its runs. */
  readonly thresholds?: readonly object[];
  /** Whether its runs are changed: their schedule becomes another one. */
  readonly changes?: boolean;
  /** How its runs end, where they are ended before their time. */
  readonly endsAs?: "stopped" | "aborted";
  /** Whether queries may end as lost, or as missed. Where neither is said, the fault costs no query. */
  readonly mayLose?: boolean;
  readonly mayMiss?: boolean;
  /** Whether workers die with slices that they have not reported: what they had sent is in nobody's books. */
  readonly killsWorkers?: boolean;
  /** Whether the target's proxy sees less than was sent: the link to it was cut. */
  readonly hidesSends?: boolean;
  /** Does it, and heals what is to be healed. */
  strike(scene: Scene): Promise<void>;
  /** Complaints about what is promised besides balanced books. */
  complaints?(outcome: Outcome): string[];
}

/** A fault as it is driven once. */
export interface Case {
  readonly fault: Fault;
  readonly model: Model;
  readonly seed: number;
}
