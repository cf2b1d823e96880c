/** What can be done to a run, by its phase, its model and the role of whoever looks. Pure; the server decides in the end. */

import type { Role } from "../../../../libs/protocol/roles.ts";
import { includesRole } from "../../../../libs/protocol/roles.ts";
import type { Phase, RunRecord } from "../../../../libs/protocol/run.ts";

/** As the last part of its address. */
export type RunVerb = "start" | "approve" | "reject" | "pause" | "resume" | "change" | "stop" | "kill";

export interface Action {
  readonly verb: RunVerb;
  /** What must be said before it is done; `none` does it at once. */
  readonly asks: "none" | "sure" | "reason" | "load";
  /** It cannot be taken back. */
  readonly isGrave: boolean;
  /** The role that it needs, where whoever looks has it not. */
  readonly needs: Role | undefined;
}

interface Rule extends Omit<Action, "verb" | "needs"> {
  readonly phases: readonly Phase[];
  readonly role: Role;
}

const UNDER_WAY = ["running", "paused"] as const satisfies readonly Phase[];

const RULES: Readonly<Record<RunVerb, Rule>> = {
  start: { phases: ["created"], role: "operator", asks: "sure", isGrave: false },
  approve: { phases: ["awaiting_approval"], role: "approver", asks: "sure", isGrave: false },
  reject: { phases: ["awaiting_approval"], role: "approver", asks: "reason", isGrave: true },
  pause: { phases: ["running"], role: "operator", asks: "none", isGrave: false },
  resume: { phases: ["paused"], role: "operator", asks: "none", isGrave: false },
  change: { phases: UNDER_WAY, role: "operator", asks: "load", isGrave: false },
  stop: {
    phases: ["requested", "awaiting_approval", "mustering", ...UNDER_WAY],
    role: "operator",
    asks: "reason",
    isGrave: true,
  },
  kill: {
    phases: ["requested", "mustering", ...UNDER_WAY, "draining"],
    role: "operator",
    asks: "reason",
    isGrave: true,
  },
};

/** @param role undefined while it is not known: then everything is offered, and the server says no */
export function actionsFor(
  { phase, model }: Pick<RunRecord, "phase" | "model">,
  role: Role | undefined,
): Action[] {
  return (
    (Object.entries(RULES) as [RunVerb, Rule][])
      .filter(([, { phases }]) => phases.includes(phase))
      // A number of queries has no course that could be changed or held.
      .filter(([verb]) => model !== "count" || !["pause", "resume", "change"].includes(verb))
      .map(([verb, { asks, isGrave, role: needed }]) => ({
        verb,
        asks,
        isGrave,
        needs: role === undefined || includesRole(role, needed) ? undefined : needed,
      }))
  );
}
