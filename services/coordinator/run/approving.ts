/** A run that waits for somebody's word: what is stored and said of it, and how it begins where that was said before. */

import type { Approval, RunRecord } from "../../../libs/protocol/run.ts";
import type { Past } from "./history/past.ts";
import type { RunLog } from "./log.ts";
import type { Effect, RunStateEvent } from "./state.ts";

interface ApprovalParts {
  readonly runLog: RunLog;
  /** What leaders before have said. */
  readonly past: Past;
  readonly onApproved: () => void;
}

type ApprovalEffect = Extract<Effect, { do: "await-approval" | "tell-approved" | "refuse" }>;

/** @param remember keeps the run's end from overtaking what is said */
export function createApprovalEffects(
  { runLog, past, onApproved }: ApprovalParts,
  remember: (said: Promise<void>) => Promise<void>,
  fail: (reason: string) => Promise<void>,
) {
  function save(change: Partial<Approval>): void {
    const { approval } = runLog.record();
    if (approval) void runLog.save({ approval: { ...approval, ...change } });
  }

  /** Nothing begins before the word is stored that lets it. */
  async function approved(by: string, reason: string | undefined): Promise<void> {
    await remember(runLog.emit({ type: "approved", by, ...(reason !== undefined && { reason }) }));
    save({ state: "approved", by, ...(reason !== undefined && { reason }) });
    onApproved();
  }

  async function refused(by: string | undefined, reason: string): Promise<void> {
    await remember(runLog.emit({ type: "approval_refused", reason, ...(by !== undefined && { by }) }));
    save({ state: "refused", reason, ...(by !== undefined && { by }) });
    await fail(refusalWords(by, reason));
  }

  return async (effect: ApprovalEffect): Promise<void> => {
    if (effect.do === "await-approval") {
      const { reasons = [], until_ms: untilMs = 0 } = runLog.record().approval ?? {};
      if (past.approval) return;
      await remember(runLog.emit({ type: "approval_awaited", reasons, until_ms: untilMs }));
    } else if (effect.do === "tell-approved") await approved(effect.by, effect.reason);
    else await refused(effect.by, effect.reason);
  };
}

function refusalWords(by: string | undefined, reason: string): string {
  return by === undefined ? reason : `${by} did not approve it: ${reason}`;
}

/** How a run goes on that has not begun: whoever leads now, what was said of it before holds. */
export function firstEvent({ approval }: RunRecord, past: Past): RunStateEvent {
  if (past.isStopped) return { type: "stop-requested", reason: "stopped before" };
  if (past.approval?.type === "approval_refused") {
    const { by, reason } = past.approval;
    return { type: "fault", reason: refusalWords(by, reason) };
  }
  const isNeeded = approval?.state === "awaited" && past.approval?.type !== "approved";
  return { type: isNeeded ? "approval-needed" : "begin-muster" };
}

/** What is said of an approval and what is stored of it is the same, wherever a leader before was cut off. */
export function agreeOnApproval(runLog: RunLog, past: Past): void {
  const { approval } = runLog.record();
  if (!approval) return;
  const { approval: said } = past;
  if (said?.type === "approved" && approval.state === "awaited") {
    const { by, reason } = said;
    void runLog.save({
      approval: { ...approval, state: "approved", by, ...(reason !== undefined && { reason }) },
    });
  }
  if (said === undefined && approval.state === "approved") {
    const { by = "", reason } = approval;
    void runLog.emit({ type: "approved", by, ...(reason !== undefined && { reason }) });
  }
}

export const NOBODY_CAME = "nobody approved it in time";
