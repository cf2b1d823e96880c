/** What the events of a run tell a leader that takes it over. */

import type { Phase, RunEvent, RunRecord } from "../../../../libs/protocol/run.ts";

export interface Past {
  /** The highest epoch of a leader that took the run over. */
  epoch: number;
  /** What was said of its approval. */
  approval: Extract<RunEvent, { type: "approval_awaited" | "approved" | "approval_refused" }> | undefined;
  /** The start that was announced. */
  started: Extract<RunEvent, { type: "started" }> | undefined;
  isStopped: boolean;
  /** By a threshold. */
  isAborted: boolean;
  /** A threshold was crossed that is to end the run. */
  crossed: Extract<RunEvent, { type: "threshold_crossed" }> | undefined;
  isKilled: boolean;
  /** Revisions of which it was said what was changed. */
  readonly revisionsTold: Set<number>;
  /** The log of results has its end. */
  isOver: boolean;
  /** That was said, too. */
  isDrained: boolean;
  reported: Extract<RunEvent, { type: "reported" }> | undefined;
  /** The phase in which it ended, where only the record does not yet say so. */
  ended: Phase | undefined;
  failure: string | undefined;
}

export function noPast(): Past {
  return {
    epoch: 0,
    approval: undefined,
    started: undefined,
    isStopped: false,
    isAborted: false,
    crossed: undefined,
    isKilled: false,
    revisionsTold: new Set(),
    isOver: false,
    isDrained: false,
    reported: undefined,
    ended: undefined,
    failure: undefined,
  };
}

export function addToPast(past: Past, event: RunEvent): void {
  if (event.type === "taken_over") past.epoch = Math.max(past.epoch, event.epoch);
  // The aggregator's word stands whoever led when it opened the run, and a wish to stop whoever took it.
  if (event.type === "reported") past.reported ??= event;
  if (event.type === "threshold_crossed") past.crossed ??= event;
  if ((event.type === "stopping" || event.type === "killed") && !past.isStopped) {
    past.isStopped = true;
    past.isAborted = event.type === "stopping" && (event.aborted ?? false);
  }
  if (event.type === "killed") past.isKilled = true;
  // So does the word of whoever may approve it, and the first one does.
  if (event.type === "approval_awaited") past.approval ??= event;
  if (event.type === "approved" || event.type === "approval_refused")
    past.approval =
      past.approval === undefined || past.approval.type === "approval_awaited" ? event : past.approval;
  // Nobody heeds a deposed leader, so what it said last was not said.
  if (event.epoch < past.epoch) return;
  if ("change" in event) past.revisionsTold.add(event.change.revision);
  if (event.type === "started") past.started ??= event;
  if (event.type === "drained") past.isDrained = true;
  if (event.type === "completed") past.ended = event.phase;
  if (event.type === "failed") {
    past.ended = "failed";
    past.failure = event.reason;
  }
}

/** What the record of a run must say that ended before its leader came to write it. */
export function endOf(phase: Phase, { failure, reported }: Past): Partial<RunRecord> {
  return {
    phase,
    ...(failure !== undefined && { failure }),
    ...(reported && { verdict: reported.verdict, verdict_reasons: reported.verdict_reasons }),
  };
}
