/** The verdict: first whether the generator's figures can be believed, then what they say of the target. */

import type { LedgerLine } from "../../protocol/ledger.ts";
import type { UserSeconds } from "../../protocol/report.ts";
import type { GeneratorFault, Verdict } from "../../protocol/run.ts";
import type { ThresholdReport } from "../../protocol/threshold.ts";
import { thresholdFound, thresholdName } from "../../protocol/threshold-words.ts";

/** What the verdict rests on. */
export interface Evidence {
  readonly ledger: LedgerLine;
  readonly balanced: boolean;
  readonly userSeconds: UserSeconds | null;
  /** 99th percentile of intended → sent, where starts are intended. */
  readonly scheduleLagP99Ms: number | null;
  /** Share of results during which a worker's event loop ran late. */
  readonly shareSlow: number;
  readonly clockErrorMs: number;
  readonly thresholds: readonly ThresholdReport[];
  /** In what the target does not hold what was answered. */
  readonly untrue?: readonly string[];
  /** The run ended in its warm-up. */
  readonly onlyWarmedUp: boolean;
}

/** Beyond these the generator, not the target, is what was measured. */
const GENERATOR_LIMITS = {
  /** Share of the planned queries that were missed or lost. */
  missedOrLost: 0.01,
  /** Share of the planned user-seconds that were idle because workers died or were too few. */
  idle: 0.1,
  /** The same because nobody published slices: a change of leaders costs some seconds, once. */
  undispatched: 0.2,
  scheduleLagP99Ms: 100,
  shareSlow: 0.2,
  clockErrorMs: 50,
} as const;

export interface Judgement {
  readonly verdict: Verdict;
  readonly reasons: string[];
  readonly generatorFaults: readonly Accusation[];
}

/** What speaks against the generator. */
interface Accusation {
  readonly code: GeneratorFault;
  readonly words: string;
}

/** A run fails when nothing was answered well, or a threshold does not hold. One that could not be judged leaves it open. */
export function verdictOf(evidence: Evidence): Judgement {
  const generatorFaults = accuseGenerator(evidence);
  if (generatorFaults.length > 0)
    return { verdict: "inconclusive", reasons: generatorFaults.map(({ words }) => words), generatorFaults };
  return { ...judgeTarget(evidence), generatorFaults };
}

function judgeTarget(evidence: Evidence): { verdict: Verdict; reasons: string[] } {
  const { ok, failed, timed_out } = evidence.ledger;
  if (ok === 0) {
    const reason =
      failed + timed_out === 0
        ? "no query was sent"
        : `none of ${failed + timed_out} queries was answered well`;
    return { verdict: "failed", reasons: [reason] };
  }
  if (evidence.onlyWarmedUp)
    return { verdict: "inconclusive", reasons: ["no query was measured: the run ended in its warm-up"] };
  const failures = [...(evidence.untrue ?? []), ...inState(evidence, "failed")];
  if (failures.length > 0) return { verdict: "failed", reasons: failures };
  const open = inState(evidence, "unknown");
  return { verdict: open.length > 0 ? "inconclusive" : "passed", reasons: open };
}

function inState({ thresholds }: Evidence, wanted: ThresholdReport["state"]): string[] {
  return thresholds
    .filter(({ state }) => state === wanted)
    .map((threshold) => `${thresholdName(threshold)}: ${thresholdFound(threshold)}`);
}

function accuseGenerator(evidence: Evidence): Accusation[] {
  const { ledger, userSeconds } = evidence;
  const accusations: Accusation[] = [];
  const complain = (code: GeneratorFault, isBad: boolean, words: string) => {
    if (isBad) accusations.push({ code, words });
  };
  const unsent = ledger.planned === 0 ? 0 : (ledger.missed + ledger.lost) / ledger.planned;
  const limits = GENERATOR_LIMITS;
  complain("unbalanced", !evidence.balanced, "the books do not balance: a fault in Logburst");
  complain(
    "unsent",
    unsent > limits.missedOrLost,
    `${percent(unsent)} of the planned queries were missed or lost (limit ${percent(limits.missedOrLost)})`,
  );
  if (userSeconds && userSeconds.planned > 0) {
    const {
      worker_died: died,
      waiting_for_capacity: waiting,
      waiting_for_dispatch: undispatched,
    } = userSeconds.idle_by_reason;
    const idle = (died + waiting) / userSeconds.planned;
    complain(
      "idle",
      idle > limits.idle,
      `${percent(idle)} of the users' time was idle because workers died or were too few (limit ${percent(limits.idle)})`,
    );
    const share = undispatched / userSeconds.planned;
    complain(
      "undispatched",
      share > limits.undispatched,
      `${percent(share)} of the users' time was idle because no coordinator led or NATS was away (limit ${percent(limits.undispatched)})`,
    );
  }
  const lag = evidence.scheduleLagP99Ms;
  complain(
    "late",
    lag !== null && lag > limits.scheduleLagP99Ms,
    `queries were sent late: p99 ${lag} ms after their time (limit ${limits.scheduleLagP99Ms} ms)`,
  );
  complain(
    "short_of_cpu",
    evidence.shareSlow > limits.shareSlow,
    `workers were short of CPU in ${percent(evidence.shareSlow)} of their slices (limit ${percent(limits.shareSlow)})`,
  );
  complain(
    "clock",
    evidence.clockErrorMs > limits.clockErrorMs,
    `a worker's clock was known only to ${evidence.clockErrorMs.toFixed(1)} ms (limit ${limits.clockErrorMs} ms)`,
  );
  return accusations;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
