/** Ways to break the code on purpose: each changes one place, and must be found out. */

import type { Invariant } from "./oracle.ts";

export interface Mutation {
  /** What the code does wrong. */
  readonly name: string;
  /** Any of these may be the first to be seen broken. */
  readonly breaks: readonly Invariant[];
  /** The compiled file, and the text in it that is put in another's place; it must stand there once. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Seen within a few histories: quick enough for every run of the tests. */
  readonly isQuick?: boolean;
}

export const MUTATIONS: readonly Mutation[] = [
  {
    name: "the ledger settles a slice again with each result",
    breaks: ["settled-once"],
    file: "libs/fold/books/ledger.js",
    find: 'if (judgement.kind === "replaced" || settled.isSettled(result.lane, result.window)) {',
    replace: 'if (judgement.kind === "replaced") {',
    isQuick: true,
  },
  {
    name: "the ledger does not book what was missed",
    breaks: ["ledger-balances"],
    file: "libs/fold/books/ledger.js",
    find: "addStates(books[cell.query].states, cell);",
    replace: "addStates(books[cell.query].states, { ...cell, missed: 0 });",
  },
  {
    name: "a closed lane does not wait for its last slice",
    breaks: ["concurrency"],
    file: "services/coordinator/run/dispatch/dispatcher.js",
    find: "if (outstanding.hasIn(lane))",
    replace: "if (outstanding.count() < 0)",
    isQuick: true,
  },
  {
    name: "the dispatcher forgets a lane",
    breaks: ["liveness", "nothing-forgotten"],
    file: "services/coordinator/run/dispatch/dispatcher.js",
    find: "lane < end && drafts",
    replace: "lane < Math.max(1, end - 1) && drafts",
  },
  {
    name: "a worker that is told to leave does not wait for what it runs",
    breaks: ["sent-equals-told"],
    file: "services/worker/worker.js",
    find: "await executor.drain();",
    replace: "",
  },
  {
    name: "a worker has no limit to what is in flight",
    breaks: ["concurrency"],
    file: "services/worker/attempt/open.js",
    find: "place.places.inFlight >= place.places.most",
    replace: "false",
  },
  {
    name: "a worker does not count a query that timed out",
    breaks: ["credible"],
    file: "libs/stats/tally.js",
    find: "cell.counts[stateOf(sent.outcome)]++;",
    replace: 'if (sent.outcome !== "timeout") cell.counts[stateOf(sent.outcome)]++;',
  },
  {
    name: "the lease is renewed without compare-and-set",
    breaks: ["epochs-grow"],
    file: "services/coordinator/lease.js",
    find: "await bucket.update(LEASE_KEY, { node, epoch }, revision)",
    replace: "await bucket.put(LEASE_KEY, { node, epoch })",
  },
  {
    name: "every leader takes the same epoch",
    breaks: ["one-leader-an-epoch"],
    file: "services/coordinator/lease.js",
    find: "return hold(bucket, node, clock, epoch, askedMs);",
    replace: "return hold(bucket, node, clock, 1, askedMs);",
  },
  {
    name: "a leader writes a run's record over that of a later one",
    breaks: ["epochs-grow", "final-stays-final"],
    file: "services/coordinator/run/log.js",
    find: "await runs.update(key, record, revision)",
    replace: "await runs.put(key, record)",
  },
  {
    name: "a new leader fails the runs of the one before",
    breaks: ["begun-never-fails"],
    file: "services/coordinator/run/driver.js",
    find: "effects.resume(past.started !== undefined);",
    replace: 'void effects.carryOut({ do: "fail", reason: "the leader is gone" });',
  },
  {
    name: "the timeline drops a second",
    breaks: ["windows-equal-ledger"],
    file: "libs/fold/timeline.js",
    find: "addToPoint(points.at(cell.second), cell);",
    replace: "if (cell.second !== 1) addToPoint(points.at(cell.second), cell);",
    isQuick: true,
  },
  {
    name: "a rolling window counts a slice too many",
    breaks: ["live-figures"],
    file: "libs/fold/rolling.js",
    find: "settled += Math.max(0,",
    replace: "settled += 1 + Math.max(0,",
  },
  {
    name: "users that wait for capacity are not idle",
    breaks: ["user-seconds"],
    file: "libs/fold/books/user-time.js",
    find: "idleMs[reason] += active(lane, fromMs, startedMs);",
    replace: 'if (reason !== "worker_died") idleMs[reason] += active(lane, fromMs, startedMs);',
  },
  {
    name: "what comes behind the end of the log counts",
    breaks: ["settled-once", "report-equals-fold"],
    file: "libs/fold/verdict/standing.js",
    find: "if (isOver)",
    replace: "if (false)",
  },
  {
    name: "a run is ended while a slice of it is out",
    breaks: ["nothing-forgotten"],
    file: "services/coordinator/run/driver.js",
    find: "if (dispatcher.outstandingCount() === 0)",
    replace: "if (dispatcher.outstandingCount() <= 1)",
  },
  {
    name: "slices of the open model are published late",
    breaks: ["clean-is-perfect"],
    file: "libs/load/plan.js",
    find: "const OPEN_LEAD_MS = 6000;",
    replace: "const OPEN_LEAD_MS = -1200;",
  },
  {
    name: "nobody catches a bucket that does not answer",
    breaks: ["no-fault-uncaught"],
    file: "services/coordinator/lease.js",
    find: "await renew().catch(() => undefined);",
    replace: "await renew();",
  },
  {
    name: "a request is refused when a bucket does not answer",
    breaks: ["liveness"],
    file: "services/coordinator/inbox.js",
    find: "if (mayWait(error)) {",
    replace: "if (error instanceof LogburstError && mayWait(error)) {",
  },
  {
    name: "a run that was stored before its acceptance was answered is driven by nobody",
    breaks: ["liveness"],
    file: "services/coordinator/acceptance.js",
    find: "return drive(takeOver({ ...accepted, record: { ...accepted.record, epoch } })).record();",
    replace: "return accepted.record;",
  },
  {
    name: "the report is announced and not stored",
    breaks: ["nothing-forgotten"],
    file: "services/aggregator/finish.js",
    find: "await storeWithPatience(parts, () => reports.put(reportName(run.fold.id), JSON.stringify(report)));",
    replace: "",
  },
  {
    name: "a leader writes once more after the end of a run",
    breaks: ["final-stays-final"],
    file: "services/coordinator/run/effects.js",
    find: "await runLog.save({ ended_ms: clock.nowMs(), ...change });",
    replace:
      'await runLog.save({ ended_ms: clock.nowMs(), ...change });\n        await runLog.save({ phase: "draining" });',
  },
  {
    name: "a slice is acknowledged before its result is stored",
    breaks: ["liveness", "nothing-forgotten"],
    file: "services/worker/slices/executor.js",
    find: "await parts.report(slice, delivery.attempt, outcome);",
    replace: "await acknowledge(entry);\n        await parts.report(slice, delivery.attempt, outcome);",
  },
  {
    name: "nobody catches an acknowledgement that is lost",
    breaks: ["no-fault-uncaught"],
    file: "services/worker/slices/executor.js",
    find: '.catch((error) => log.warn({ ...wordsOf(entry), err: messageOf(error) }, "ack was lost"));',
    replace: ";",
  },
  {
    name: "a worker says that its lane went on by one query too many",
    breaks: ["credible"],
    file: "services/worker/slices/reporter.js",
    find: "next: outcome.next,",
    replace: "next: outcome.next + 1,",
  },
  {
    name: "time between two slices of a lane is not idle",
    breaks: ["user-seconds"],
    file: "libs/fold/books/user-time.js",
    find: "idleMs.slice_turnover += inSliceMs - drivenHereMs;",
    replace: "",
  },
  {
    name: "a rolling window expects a slice too few",
    breaks: ["live-figures"],
    file: "libs/fold/rolling.js",
    find: "expected += last - first + 1;",
    replace: "expected += last - first;",
  },
  {
    name: "a worker runs slices as they were planned before a change",
    breaks: ["clean-is-perfect", "silence"],
    file: "services/worker/slices/revisions.js",
    find: 'return slice.kind === "open" && revisionOfSlice(plan, slice.lane, slice.window) > slice.revision;',
    replace: "return false;",
  },
  {
    name: "slices that were planned anew are left in the queue as they were",
    breaks: ["credible", "liveness", "nothing-forgotten", "clean-is-perfect", "silence"],
    file: "services/coordinator/run/driver.js",
    find: "queue.replace(outdated);",
    replace: "",
  },
  {
    name: "a run that waits to be approved begins when another leader takes it over",
    breaks: ["approved-first"],
    file: "services/coordinator/run/approving.js",
    find: 'approval?.state === "awaited" &&',
    replace: 'approval?.state === "awaited" && past.approval === undefined &&',
  },
  {
    name: "a worker does not heed the kill switch",
    breaks: ["silence"],
    file: "services/worker/worker.js",
    find: "isKilled: () => killSwitch.killed() !== undefined,",
    replace: "isKilled: () => false,",
  },
  {
    name: "a threshold that is crossed ends nothing",
    breaks: ["silence"],
    file: "services/coordinator/run/driver.js",
    find: 'else if (event.type === "threshold_crossed")',
    replace: 'else if (event.type === "mustering")',
  },
  {
    name: "a run is aborted by nobody in its report",
    breaks: ["aborted-once"],
    file: "services/coordinator/run/effects.js",
    find: "return parts.state().aborted ? { aborted: true } : {};",
    replace: "return {};",
  },
  {
    name: "a series forgets the run that is over",
    breaks: ["series-once", "liveness"],
    file: "services/coordinator/series/keeper.js",
    find: "await keeping.save(series, { steps: known, current:",
    replace: "await keeping.save(series, { current:",
  },
  {
    name: "the record of a changed run asks for what it was accepted with",
    breaks: ["nothing-forgotten"],
    file: "services/coordinator/run/effects.js",
    find: "...(demand && { demand: demandNow(demand, changes) }),",
    replace: "",
  },
];
