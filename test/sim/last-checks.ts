/** What must hold when a history is over: every run has ended, every slice is settled, every report says what the log says. */

import { reportName } from "../../libs/bus/bus.ts";
import { pausedUserMs } from "../../libs/fold/books/user-time.ts";
import { reportOf } from "../../libs/fold/report.ts";
import { createRunFold } from "../../libs/fold/run-fold.ts";
import { revisionOfSlice } from "../../libs/load/plan.ts";
import { activeUserMs } from "../../libs/load/users.ts";
import { isBalanced, LEDGER_STATES } from "../../libs/protocol/ledger.ts";
import { Report } from "../../libs/protocol/report.ts";
import { demandOf } from "../../libs/targets/demand.ts";
import type { Oracle } from "./oracle.ts";
import type { SeenRun } from "./seen-runs.ts";
import type { World } from "./world.ts";

/** User-seconds are rounded to milliseconds. */
const ROUNDING_S = 0.002;

export function checkEnd(world: World, oracle: Oracle): void {
  for (const run of oracle.runs.values()) checkRun(world, oracle, run);
  const { orders, isClean } = world.scenario;
  const repeatOf = (name: string) => orders.find((order) => order.name === name)?.repeat;
  oracle.series.checkEnd(oracle.runs.values(), repeatOf, isClean);
  for (const { process } of world.nodes.values()) {
    if (!process?.isAlive()) continue;
    const untold = oracle.sentBooks.untold(process);
    if (untold !== 0)
      oracle.accuse(
        "sent-equals-told",
        `${process.name} lives, and ${untold} queries that it sent are untold`,
      );
  }
}

/** What must hold of a run that is over. */
export function checkRun(world: World, oracle: Oracle, run: SeenRun): void {
  const { record } = run;
  if (record.t0_ms === undefined) return;
  const text = world.broker.objects.get(reportName(run.id));
  if (text === undefined) {
    oracle.accuse("nothing-forgotten", `${run.id} is ${record.phase}, and has no report`);
    return;
  }
  const report = Report.parse(JSON.parse(text));
  if (!oracle.toldEnds.has(run.id))
    oracle.accuse("nothing-forgotten", `${run.id} is over, and its processor was not told`);
  checkEnding(oracle, run, report);
  checkChanges(oracle, run);
  checkSlices(oracle, run);
  checkBalance(oracle, run, report);
  checkSeconds(oracle, run, report);
  checkFold(oracle, run, report);
  if (world.scenario.isClean) checkPerfect(oracle, run, report);
}

/** A run ends in one way, and is aborted by one threshold that was crossed. */
function checkEnding(oracle: Oracle, { id, record, events }: SeenRun, report: Report): void {
  const complain = (words: string) => oracle.accuse("aborted-once", `${id} is ${record.phase}, and ${words}`);
  const by = report.thresholds.filter(({ aborted }) => aborted);
  const isCrossed = events.some(({ event }) => event.type === "threshold_crossed");
  if (report.phase !== record.phase) complain(`its report says ${report.phase}`);
  if (by.length !== (record.phase === "aborted" ? 1 : 0)) complain(`${by.length} thresholds have aborted it`);
  if (record.phase === "aborted" && !isCrossed) complain("no threshold was crossed");
  if (by.some(({ state, abort_on_fail: may }) => state !== "failed" || !may))
    complain("a threshold did that holds");
}

/** The record says what was changed, and asks for no more and no less than that. */
function checkChanges(oracle: Oracle, { id, record, config, plan, fold }: SeenRun): void {
  const { changes } = fold.course.revised();
  const complain = (words: string) => oracle.accuse("nothing-forgotten", `the record of ${id} ${words}`);
  if (record.changes.length !== changes.length)
    complain(`has ${record.changes.length} changes; the log has ${changes.length}`);
  const loads = changes.flatMap((change) => (change.kind === "change" ? (change.load ?? []) : []));
  const asked = demandOf(config, plan);
  const load = loads.at(-1) ?? (plan.model === "open" ? asked.rate : asked.users);
  const told = plan.model === "open" ? record.demand?.rate : record.demand?.users;
  if (told !== load) complain(`asks for ${told}; it was changed to ${load}`);
}

/**
 * What a deposed leader published behind the fence of the next one is void: no worker takes it. So is what was published before
 * a change that holds for it.
 */
function checkSlices(oracle: Oracle, { id, books, published, fences }: SeenRun): void {
  const plan = books.plan();
  for (const { lane, window, epoch, revision, seq } of published) {
    if (plan.model === "open" && revisionOfSlice(plan, lane, window) !== revision) continue;
    const isVoid = [...fences].some(([later, fenceSeq]) => later > epoch && seq > fenceSeq);
    if (!isVoid && !books.isSettled(lane, window))
      oracle.accuse("nothing-forgotten", `slice ${lane}.${window} of ${id} was published and never settled`);
  }
}

/** Every line balances and is that of the simple books up to the run's end; what nobody published is cancelled. */
function checkBalance(oracle: Oracle, run: SeenRun, report: Report): void {
  const { books } = run;
  const complain = (words: string) => oracle.accuse("ledger-balances", `report of ${run.id}: ${words}`);
  if (!report.ledger_balanced || !isBalanced(report.ledger)) complain(JSON.stringify(report.ledger));
  report.queries.forEach(({ ledger }, query) => {
    const line = books.line(query);
    if (!isBalanced(ledger)) complain(`q${query} does not balance: ${JSON.stringify(ledger)}`);
    if (ledger.superseded !== line.superseded)
      complain(`q${query} has ${ledger.superseded} superseded; it is ${line.superseded}`);
    for (const state of LEDGER_STATES)
      if (state === "cancelled" ? ledger[state] < line[state] : ledger[state] !== line[state])
        complain(`q${query} has ${ledger[state]} ${state}; it is ${line[state]}`);
  });
  for (const key of [...LEDGER_STATES, "planned", "superseded"] as const) {
    const sum = report.queries.reduce((total, { ledger }) => total + ledger[key], 0);
    if (sum !== report.ledger[key])
      complain(`the queries' ${key} add up to ${sum}, not ${report.ledger[key]}`);
  }
}

/** The seconds of the run add up to its books, but for what no worker had: that has no second. */
function checkSeconds(oracle: Oracle, { id, books, fold }: SeenRun, report: Report): void {
  const byVerdict = books.byVerdict();
  const plan = books.plan();
  const settled = fold.ledger.line();
  for (const state of LEDGER_STATES) {
    const inSeconds = report.timeline.reduce((sum, point) => sum + point[state], 0);
    const booked = settled[state] - byVerdict[state];
    if (inSeconds !== booked)
      oracle.accuse(
        "windows-equal-ledger",
        `the seconds of ${id} have ${inSeconds} ${state}; the ledger ${booked}`,
      );
  }
  if (plan.model !== "closed" || !report.user_seconds) return;
  const { planned, driven, idle } = report.user_seconds;
  const whole = { startMs: 0, endMs: plan.profile.durationMs };
  let plannedMs = 0;
  plannedMs += pausedUserMs(fold.course.revised().pauses, fold.history.stoppedMs());
  for (let lane = 0; lane < plan.lanes; lane++) plannedMs += activeUserMs(plan, lane, whole);
  const isWrong =
    Math.abs(planned - driven - idle) > ROUNDING_S || Math.abs(planned - plannedMs / 1000) > ROUNDING_S;
  if (isWrong)
    oracle.accuse(
      "user-seconds",
      `${id}: ${planned} = ${driven} + ${idle} of ${plannedMs / 1000} user-seconds`,
    );
}

/** The stored report is that of one unbroken fold over the log, whatever became of the aggregators that wrote it. */
function checkFold(oracle: Oracle, { id, config, record, log, events }: SeenRun, report: Report): void {
  const fold = createRunFold(id, config, record.seed);
  for (const { event, seq } of events) fold.addEvent(event, seq);
  for (const { entry, seq } of log) fold.addEntry(entry, seq);
  const { spec: shownConfig, warnings, versions } = report;
  const again = reportOf(fold, { shownConfig, warnings, versions });
  const [told, stored] = [comparable(again), comparable(report)];
  const words = told === stored ? undefined : firstDifference(JSON.parse(told), JSON.parse(stored));
  if (words) oracle.accuse("report-equals-fold", `report of ${id}, and its log folded again: ${words}`);
}

/** A report without what goes on after it was written: events of nodes that come and go. */
function comparable(report: Report): string {
  const nodes = report.nodes.map(({ state: _state, ...node }) => node);
  const { events: _events, ...rest } = report;
  return JSON.stringify({ ...rest, nodes });
}

function firstDifference(a: unknown, b: unknown, path = ""): string | undefined {
  if (a === b) return undefined;
  const areObjects = typeof a === "object" && typeof b === "object" && a !== null && b !== null;
  if (!areObjects) return `${path} is ${JSON.stringify(a)} and ${JSON.stringify(b)}`;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const words = firstDifference(left[key], right[key], `${path}.${key}`);
    if (words) return words;
  }
  return undefined;
}

/** Where nothing goes wrong, nothing is lost, late, repeated or idle without need. */
function checkPerfect(oracle: Oracle, { id }: SeenRun, report: Report): void {
  const { failed, timed_out, missed, lost, superseded } = report.ledger;
  if (failed + timed_out + missed + lost + superseded > 0)
    oracle.accuse("clean-is-perfect", `${id} without a fault: ${JSON.stringify(report.ledger)}`);
  if (report.phase !== "completed")
    oracle.accuse("clean-is-perfect", `${id} without a fault is ${report.phase}`);
}
