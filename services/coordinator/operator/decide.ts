/** What is to be done about an object, and what its status says: pure functions of the object and of its run. */

import { reportName } from "../../../libs/bus/bus.ts";
import {
  type BenchmarkObject,
  type BenchmarkStatus,
  type Condition,
  type ConditionType,
  FINALIZER,
} from "../../../libs/protocol/benchmark-object.ts";
import { isFinal, isLive, type RunRecord } from "../../../libs/protocol/run.ts";
import type { SeriesRecord } from "../../../libs/protocol/series.ts";
import { API_ROOT } from "../../../libs/protocol/verbs/verb.ts";
import { isoTime } from "../../../libs/runtime/clock.ts";

/** What became of the object so far. */
export interface Seen {
  readonly run?: RunRecord | undefined;
  /** The series that the run is one of. */
  readonly series?: SeriesRecord | undefined;
}

/** finalize: see to it that its end is heard of. release: let it go. */
export type Step = "finalize" | "start" | "apply" | "stop" | "release" | "look";

/** A spec that cannot be made of what is under way waits for its end; what has ended is told before the next one begins. */
export function nextStep({ metadata, status }: BenchmarkObject, seen: Seen): Step {
  const isHeld = metadata.finalizers?.includes(FINALIZER) === true;
  if (metadata.deletionTimestamp !== undefined) {
    if (!isHeld) return "look";
    return isUnderWay(seen) ? "stop" : "release";
  }
  if (!isHeld) return "finalize";
  if (status?.observedGeneration === metadata.generation) return "look";
  if (isUnderWay(seen)) return isPutOff(metadata.generation, status) ? "look" : "apply";
  return seen.run && status?.completionTime === undefined ? "look" : "start";
}

function isPutOff(generation: number, status: BenchmarkStatus | undefined): boolean {
  const accepted = acceptedIn(status);
  return accepted?.reason === PUT_OFF && accepted.observedGeneration === generation;
}

/** Whether nothing more comes of it unless somebody changes it. */
export function isSettled({ metadata, status }: BenchmarkObject): boolean {
  if (metadata.deletionTimestamp !== undefined || status?.observedGeneration !== metadata.generation)
    return false;
  return status.phase === INVALID || status.completionTime !== undefined;
}

function isUnderWay({ run, series }: Seen): boolean {
  if (series) return series.phase === "running";
  return run !== undefined && isLive(run.phase);
}

/** What became of the spec when it was taken up. */
export interface Acceptance {
  readonly accepted: boolean;
  /** As one word, and in a sentence. */
  readonly reason: string;
  readonly message: string;
  /** It is asked again by itself. */
  readonly isPassing?: boolean;
}

/** Why a spec is not taken up yet: it is when what is under way is over. */
export const PUT_OFF = "WaitsForEnd";
const INVALID = "Invalid";
const WAITING = "Waiting";
/** Steps in which progress is told: each is a write to the API. */
const PROGRESS_STEP_PERCENT = 5;

/** @param acceptance where the spec was taken up just now, or refused */
export function statusOf(
  { metadata: { generation }, status: before = {} }: BenchmarkObject,
  seen: Seen,
  reports: string,
  nowMs: number,
  acceptance?: Acceptance,
): BenchmarkStatus {
  const { run, series } = seen;
  const isOver = run !== undefined && !isUnderWay(seen);
  const accepted = acceptedIn(before);
  const told = acceptance ?? acceptanceOf(accepted);
  const observed = acceptance === undefined || acceptance.isPassing ? before.observedGeneration : generation;
  const conditionOf = conditionMaker(before.conditions ?? [], observed ?? generation, nowMs);
  const aboutGeneration = acceptance ? generation : (accepted?.observedGeneration ?? generation);
  const progress = run && progressOf(run, nowMs);
  const message = told?.accepted === false ? told.message : run && messageOf(run);
  return {
    ...(observed !== undefined && { observedGeneration: observed }),
    ...(run ? { phase: capital(run.phase) } : told && { phase: told.isPassing ? WAITING : INVALID }),
    ...(run && { runId: run.id }),
    ...(series && { seriesId: series.id }),
    ...(progress !== undefined && { progress }),
    ...(run?.verdict && { verdict: run.verdict }),
    ...(run?.verdict && { report: reportOf(reports, run.id) }),
    ...(run?.t0_ms !== undefined && { startTime: isoTime(run.t0_ms) }),
    ...(isOver && { completionTime: before.completionTime ?? isoTime(run.ended_ms ?? nowMs) }),
    ...(message !== undefined && { message }),
    conditions: [
      ...(told ? [acceptedOf(conditionOf, told, aboutGeneration)] : []),
      ...(run ? [completeOf(conditionOf, run, isOver), passedOf(conditionOf, run, isOver)] : []),
    ],
  };
}

type MakeCondition = (
  type: ConditionType,
  status: Condition["status"],
  reason: string,
  message: string,
) => Condition;

/** The time of a condition is when its status became what it is. */
function conditionMaker(before: readonly Condition[], generation: number, nowMs: number): MakeCondition {
  return (type, status, reason, message) => {
    const last = before.find((condition) => condition.type === type);
    const lastTransitionTime = last?.status === status ? last.lastTransitionTime : isoTime(Math.round(nowMs));
    return { type, status, reason, message, lastTransitionTime, observedGeneration: generation };
  };
}

function acceptedIn(status: BenchmarkStatus | undefined): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === "Accepted");
}

function acceptanceOf(condition: Condition | undefined): Acceptance | undefined {
  return condition && { ...condition, accepted: condition.status === "True" };
}

/** The spec that is accepted, or not yet, may be a later one than that of which the run was made. */
function acceptedOf(make: MakeCondition, told: Acceptance, observedGeneration: number): Condition {
  const condition = make("Accepted", told.accepted ? "True" : "False", told.reason, told.message);
  return { ...condition, observedGeneration };
}

function completeOf(make: MakeCondition, { phase }: RunRecord, isOver: boolean): Condition {
  return make("Complete", isOver ? "True" : "False", capital(phase), `the run is ${phase.replace("_", " ")}`);
}

function passedOf(make: MakeCondition, { verdict, verdict_reasons }: RunRecord, isOver: boolean): Condition {
  if (!isOver || verdict === undefined)
    return make("Passed", "Unknown", isOver ? "NoVerdict" : "NotOver", "there is no verdict yet");
  const status = verdict === "passed" ? "True" : verdict === "failed" ? "False" : "Unknown";
  return make("Passed", status, capital(verdict), verdict_reasons.join("; "));
}

function messageOf({ failure, phase, approval, verdict_reasons: reasons }: RunRecord): string | undefined {
  if (phase === "awaiting_approval" && approval) return `it needs approval: ${approval.reasons.join("; ")}`;
  return failure ?? (reasons.length > 0 ? reasons.join("; ") : undefined);
}

function progressOf({ phase, t0_ms: t0Ms, duration_ms: durationMs }: RunRecord, nowMs: number) {
  if (phase === "completed") return "100%";
  if (isFinal(phase) || t0Ms === undefined || durationMs === undefined) return undefined;
  const percent = Math.min(100, Math.max(0, ((nowMs - t0Ms) / durationMs) * 100));
  return `${Math.floor(percent / PROGRESS_STEP_PERCENT) * PROGRESS_STEP_PERCENT}%`;
}

function reportOf(store: string, run: string): NonNullable<BenchmarkStatus["report"]> {
  return { store, name: reportName(run), path: `${API_ROOT}/runs/${run}/report` };
}

/** As Kubernetes writes such words: AwaitingApproval. */
function capital(word: string): string {
  return word.replace(/(?:^|_)([a-z])/g, (_all, letter: string) => letter.toUpperCase());
}
