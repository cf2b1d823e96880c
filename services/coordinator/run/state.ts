/** The phases of a run: the only place where a run changes phase. */

import { isFinal, type Phase, type Verdict } from "../../../libs/protocol/run.ts";

/**
 * requested: accepted and stored. Left at once, for mustering or to be approved first.
 *
 * awaiting_approval: somebody else than who asked for it must say that it may begin. Left when that word is stored, by a
 * refusal, when the time for it is over, or by a stop.
 *
 * mustering: one muster slice per slot that the run needs is in the queue; workers hold them. Left when all are held,
 * when the time for it is over, or by a stop.
 *
 * running: t0 is announced and slices are published. Left when the plan has no more slices, or by a stop.
 *
 * paused: the plan has no load until the run is resumed. Left by that, or by a stop.
 *
 * draining: nothing more is published; what is out is awaited. Left when everything that was published is settled, or by a
 * change that gives a run that nobody stopped more to do.
 *
 * reporting: the log of results is given its end, and then the aggregator has all it needs. Left when it says that the
 * report is stored.
 *
 * completed, stopped, aborted, failed: final. A run that was ended after it began, by a stop or by a threshold, has a
 * report too.
 */
export interface RunState {
  readonly phase: Phase;
  /** Someone asked for the run's end before its time. */
  readonly stopped: boolean;
  /** It may begin: somebody said so, which is not yet stored. */
  readonly approved?: true;
  /** A threshold did. */
  readonly aborted?: true;
  /** And what is in flight is not waited for. */
  readonly killed?: true;
}

export type RunStateEvent =
  | { readonly type: "begin-muster" }
  | { readonly type: "approval-needed" }
  | { readonly type: "approved"; readonly by: string; readonly reason: string | undefined }
  /** By nobody, where the time for it is over. */
  | { readonly type: "refused"; readonly by: string | undefined; readonly reason: string }
  | { readonly type: "slots-held"; readonly held: number; readonly needed: number }
  | {
      readonly type: "muster-timeout";
      readonly held: number;
      readonly needed: number;
      readonly startAnyway: boolean;
      readonly hint: string;
    }
  | { readonly type: "plan-exhausted" }
  | { readonly type: "all-settled" }
  /** The log of results has its end, whoever put it there. */
  | { readonly type: "log-ended" }
  | { readonly type: "stop-requested"; readonly reason: string }
  /** The aggregator saw a threshold crossed that is to end the run. */
  | { readonly type: "threshold-crossed"; readonly reason: string }
  | { readonly type: "kill-requested"; readonly reason: string }
  /** The plan is another one, in which the run is paused now, or is not. */
  | { readonly type: "changed"; readonly isPaused: boolean }
  | { readonly type: "reported"; readonly verdict: Verdict; readonly reasons: readonly string[] }
  | { readonly type: "fault"; readonly reason: string };

/** What is to be done about a change; carried out after it. */
export type Effect =
  | { readonly do: "publish-muster" }
  | { readonly do: "await-approval" }
  | { readonly do: "tell-approved"; readonly by: string; readonly reason: string | undefined }
  | { readonly do: "refuse"; readonly by: string | undefined; readonly reason: string }
  | { readonly do: "start"; readonly held: number }
  | { readonly do: "announce-stop"; readonly reason: string }
  | { readonly do: "announce-kill"; readonly reason: string }
  | { readonly do: "end-results" }
  | { readonly do: "announce-drained" }
  | { readonly do: "finish"; readonly verdict?: Verdict; readonly reasons?: readonly string[] }
  | { readonly do: "fail"; readonly reason: string };

type Step = readonly [state: RunState, effects: readonly Effect[]];

export const FIRST_STATE: RunState = { phase: "requested", stopped: false };

/** What the events of a run say of the leaders before. */
export interface Past {
  readonly isStopped: boolean;
  readonly isAborted: boolean;
  readonly isKilled: boolean;
  /** The log of results has its end. */
  readonly isOver: boolean;
}

/** The state in which a leader takes a run over. One that was not yet running begins its muster anew. */
export function resumedState(
  phase: Phase,
  { isStopped, isAborted, isKilled, isOver }: Past,
  isPaused: boolean,
): RunState {
  if (isBeforeStart(phase)) return FIRST_STATE;
  const ending = {
    stopped: isStopped,
    ...(isAborted && { aborted: true as const }),
    ...(isKilled && { killed: true as const }),
  };
  if (isOver) return { phase: "reporting", ...ending };
  if (isStopped) return { phase: "draining", ...ending };
  return { phase: isPaused ? "paused" : "running", ...ending };
}

/** The next state and what is to be done. An event that means nothing in a phase changes nothing. */
export function transition(state: RunState, event: RunStateEvent): Step {
  const stay: Step = [state, []];
  const to = (phase: Phase, ...effects: Effect[]): Step => [{ ...state, phase }, effects];
  switch (event.type) {
    case "begin-muster":
      return state.phase === "requested" || (awaits(state) && state.approved)
        ? [{ phase: "mustering", stopped: state.stopped }, [{ do: "publish-muster" }]]
        : stay;
    case "approval-needed":
      return state.phase === "requested" ? to("awaiting_approval", { do: "await-approval" }) : stay;
    case "approved": {
      const { by, reason } = event;
      if (!awaits(state) || state.approved) return stay;
      return [{ ...state, approved: true }, [{ do: "tell-approved", by, reason }]];
    }
    case "refused": {
      const { by, reason } = event;
      return awaits(state) && !state.approved ? to("failed", { do: "refuse", by, reason }) : stay;
    }
    case "slots-held":
      if (state.phase !== "mustering" || event.held < event.needed) return stay;
      return to("running", { do: "start", held: event.held });
    case "muster-timeout":
      if (state.phase !== "mustering") return stay;
      if (event.startAnyway && event.held > 0) return to("running", { do: "start", held: event.held });
      return to("failed", { do: "fail", reason: musterFailure(event) });
    case "plan-exhausted":
      return isUnderWay(state.phase) ? to("draining") : stay;
    case "changed":
      return mayGoOn(state) ? to(event.isPaused ? "paused" : "running") : stay;
    case "all-settled":
      return state.phase === "draining" ? to("reporting", { do: "end-results" }) : stay;
    case "log-ended":
      return isDriven(state.phase) ? to("reporting", { do: "announce-drained" }) : stay;
    case "stop-requested":
      return stop(state, event.reason);
    case "threshold-crossed":
      return abort(state, event.reason);
    case "kill-requested":
      return kill(state, event.reason);
    case "reported":
      if (state.phase !== "reporting") return stay;
      return to(endOf(state), {
        do: "finish",
        verdict: event.verdict,
        reasons: event.reasons,
      });
    case "fault":
      return isFinal(state.phase) ? stay : to("failed", { do: "fail", reason: event.reason });
    default:
      return event satisfies never;
  }
}

function stop(state: RunState, reason: string): Step {
  if (isBeforeStart(state.phase)) {
    return [{ phase: "stopped", stopped: true }, [{ do: "announce-stop", reason }, { do: "finish" }]];
  }
  if (state.stopped || !(isUnderWay(state.phase) || state.phase === "draining")) return [state, []];
  return [{ phase: "draining", stopped: true }, [{ do: "announce-stop", reason }]];
}

/** Like a stop, but only of what is under way, and it is told apart. */
function abort(state: RunState, reason: string): Step {
  if (state.stopped || !(isUnderWay(state.phase) || state.phase === "draining")) return [state, []];
  return [{ phase: "draining", stopped: true, aborted: true }, [{ do: "announce-stop", reason }]];
}

/** A kill is a stop, or comes on top of one. */
function kill(state: RunState, reason: string): Step {
  const [stopped, effects] = stop(state, reason);
  if (stopped.phase !== "draining" || stopped.killed) return [stopped, effects];
  return [{ ...stopped, killed: true }, [...effects, { do: "announce-kill", reason }]];
}

/** A run whose plan came to its end has another one by a change that stands before that end. */
function mayGoOn({ phase, stopped }: RunState): boolean {
  return isUnderWay(phase) || (phase === "draining" && !stopped);
}

function awaits({ phase }: RunState): boolean {
  return phase === "awaiting_approval";
}

/** Nothing of it was sent yet: a leader that takes it over begins it anew. */
function isBeforeStart(phase: Phase): boolean {
  return phase === "requested" || phase === "awaiting_approval" || phase === "mustering";
}

/** Whether slices are published as the plan says. */
export function isUnderWay(phase: Phase): boolean {
  return phase === "running" || phase === "paused";
}

function endOf({ stopped, aborted }: RunState): Phase {
  if (aborted) return "aborted";
  return stopped ? "stopped" : "completed";
}

function isDriven(phase: Phase): boolean {
  return isUnderWay(phase) || phase === "draining" || phase === "reporting";
}

function musterFailure({ held, needed, hint }: Extract<RunStateEvent, { type: "muster-timeout" }>): string {
  const remedy =
    held > 0 ? "start more workers, or set spec.muster.on_timeout: start" : "start workers: logburst worker";
  return `workers held only ${held} of the ${needed} slots that the run needs; ${remedy}${hint ? ` (a worker says: ${hint})` : ""}`;
}
