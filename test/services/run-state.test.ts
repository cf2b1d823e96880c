/** The phases of a run: which event leads from where to where, what is done about it, and what can never happen. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isFinal, PHASES, type Phase } from "../../libs/protocol/run.ts";
import {
  type Effect,
  FIRST_STATE,
  type RunState,
  type RunStateEvent,
  transition,
} from "../../services/coordinator/run/state.ts";

const inPhase = (phase: Phase, stopped = false): RunState => ({ phase, stopped });
const held = (count: number): RunStateEvent => ({ type: "slots-held", held: count, needed: 8 });
const timeout = (count: number, startAnyway: boolean, hint = ""): RunStateEvent => ({
  type: "muster-timeout",
  held: count,
  needed: 8,
  startAnyway,
  hint,
});
const approve: RunStateEvent = { type: "approved", by: "anna", reason: undefined };
const refuse: RunStateEvent = { type: "refused", by: "anna", reason: "not today" };
const stop: RunStateEvent = { type: "stop-requested", reason: "enough" };
const crossed = { type: "threshold-crossed", reason: "too slow" } as const;
const reported: RunStateEvent = { type: "reported", verdict: "passed", reasons: [] };
const fault: RunStateEvent = { type: "fault", reason: "disk full" };

type Row = readonly [
  name: string,
  from: RunState,
  event: RunStateEvent,
  to: RunState,
  effects: readonly Effect["do"][],
];

const MOVES: readonly Row[] = [
  [
    "a new run calls for its workers",
    FIRST_STATE,
    { type: "begin-muster" },
    inPhase("mustering"),
    ["publish-muster"],
  ],
  [
    "a change that came just before its end gives it more to do",
    inPhase("draining"),
    { type: "changed", isPaused: true },
    inPhase("paused"),
    [],
  ],
  [
    "but not to one that somebody stopped",
    inPhase("draining", true),
    { type: "changed", isPaused: false },
    inPhase("draining", true),
    [],
  ],
  [
    "it goes on behind its pause",
    inPhase("paused"),
    { type: "changed", isPaused: false },
    inPhase("running"),
    [],
  ],
  ["it begins when all slots are held", inPhase("mustering"), held(8), inPhase("running"), ["start"]],
  ["it waits while slots are missing", inPhase("mustering"), held(7), inPhase("mustering"), []],
  [
    "without enough slots in time it fails",
    inPhase("mustering"),
    timeout(7, false),
    inPhase("failed"),
    ["fail"],
  ],
  [
    "or begins with what is there, if told so",
    inPhase("mustering"),
    timeout(1, true),
    inPhase("running"),
    ["start"],
  ],
  ["but never with nothing", inPhase("mustering"), timeout(0, true), inPhase("failed"), ["fail"]],
  [
    "when the plan is exhausted it waits for the rest",
    inPhase("running"),
    { type: "plan-exhausted" },
    inPhase("draining"),
    [],
  ],
  [
    "when everything is settled the log of results is given its end",
    inPhase("draining"),
    { type: "all-settled" },
    inPhase("reporting"),
    ["end-results"],
  ],
  [
    "when it stands there the report is due",
    inPhase("reporting"),
    { type: "log-ended" },
    inPhase("reporting"),
    ["announce-drained"],
  ],
  [
    "also where a leader before has put it there",
    inPhase("running"),
    { type: "log-ended" },
    inPhase("reporting"),
    ["announce-drained"],
  ],
  ["with its report it is completed", inPhase("reporting"), reported, inPhase("completed"), ["finish"]],
  [
    "or stopped, if someone stopped it",
    inPhase("reporting", true),
    reported,
    inPhase("stopped", true),
    ["finish"],
  ],
];

const STOPS: readonly Row[] = [
  [
    "a run that has not begun stops at once",
    FIRST_STATE,
    stop,
    inPhase("stopped", true),
    ["announce-stop", "finish"],
  ],
  [
    "so does one that waits for workers",
    inPhase("mustering"),
    stop,
    inPhase("stopped", true),
    ["announce-stop", "finish"],
  ],
  [
    "a running one waits for what is out",
    inPhase("running"),
    stop,
    inPhase("draining", true),
    ["announce-stop"],
  ],
  [
    "one that drains already is told too",
    inPhase("draining"),
    stop,
    inPhase("draining", true),
    ["announce-stop"],
  ],
  [
    "a threshold ends a running one like a stop, but it is told apart",
    inPhase("running"),
    crossed,
    { ...inPhase("draining", true), aborted: true },
    ["announce-stop"],
  ],
  [
    "with its report it is aborted",
    { ...inPhase("reporting", true), aborted: true },
    reported,
    { ...inPhase("aborted", true), aborted: true },
    ["finish"],
  ],
  [
    "a threshold has nothing to end before the run begins",
    inPhase("mustering"),
    crossed,
    inPhase("mustering"),
    [],
  ],
  ["nor where someone has stopped it", inPhase("draining", true), crossed, inPhase("draining", true), []],
  ["nor when the report is being written", inPhase("reporting"), crossed, inPhase("reporting"), []],
  ["a second stop says nothing new", inPhase("draining", true), stop, inPhase("draining", true), []],
  ["it is too late when the report is being written", inPhase("reporting"), stop, inPhase("reporting"), []],
];

const DEAF: readonly Row[] = [
  ["slots that are held later change nothing", inPhase("running"), held(8), inPhase("running"), []],
  ["nor does a late end of the muster", inPhase("running"), timeout(0, false), inPhase("running"), []],
  ["nor a second beginning", inPhase("running"), { type: "begin-muster" }, inPhase("running"), []],
  [
    "an empty queue before the plan's end is no end",
    inPhase("running"),
    { type: "all-settled" },
    inPhase("running"),
    [],
  ],
  [
    "a log that has ended begins no run",
    inPhase("mustering"),
    { type: "log-ended" },
    inPhase("mustering"),
    [],
  ],
  ["a report of a run that still runs is not its end", inPhase("running"), reported, inPhase("running"), []],
];

for (const [name, from, event, to, effects] of [...MOVES, ...STOPS, ...DEAF]) {
  test(`phases of a run: ${name}`, () => {
    const [next, done] = transition(from, event);
    assert.deepEqual(next, to);
    assert.deepEqual(
      done.map((effect) => effect.do),
      effects,
    );
  });
}

test("a fault ends a run in any phase that is not an end already", () => {
  for (const phase of PHASES) {
    const [next, effects] = transition(inPhase(phase), fault);
    assert.equal(next.phase, isFinal(phase) ? phase : "failed");
    assert.deepEqual(effects, isFinal(phase) ? [] : [{ do: "fail", reason: "disk full" }]);
  }
});

test("a run that lacks workers says how many, what to do, and what a worker complains of", () => {
  const reasonOf = (event: RunStateEvent) => {
    const [effect] = transition(inPhase("mustering"), event)[1];
    return effect?.do === "fail" ? effect.reason : "";
  };
  assert.match(reasonOf(timeout(3, false)), /held only 3 of the 8 slots .*on_timeout: start$/);
  assert.match(reasonOf(timeout(0, false)), /held only 0 of the 8 slots .* logburst worker$/);
  assert.match(reasonOf(timeout(0, true, "target refused")), /a worker says: target refused/);
});

test("the verdict of the report and its reasons are the run's", () => {
  const event: RunStateEvent = { type: "reported", verdict: "inconclusive", reasons: ["late"] };
  const [, effects] = transition(inPhase("reporting"), event);
  assert.deepEqual(effects, [{ do: "finish", verdict: "inconclusive", reasons: ["late"] }]);
});

test("workers that are too few are told by their number when the run begins", () => {
  assert.deepEqual(transition(inPhase("mustering"), timeout(5, true))[1], [{ do: "start", held: 5 }]);
});

const ENDS: readonly string[] = ["finish", "fail", "refuse"];

const anyEvent: fc.Arbitrary<RunStateEvent> = fc.oneof(
  fc.constantFrom<RunStateEvent>(
    { type: "begin-muster" },
    { type: "plan-exhausted" },
    { type: "all-settled" },
    { type: "log-ended" },
    { type: "approval-needed" },
    approve,
    refuse,
    stop,
    reported,
    fault,
  ),
  fc.nat(10).map(held),
  fc.tuple(fc.nat(10), fc.boolean()).map(([count, anyway]) => timeout(count, anyway)),
);

test("whatever happens in whatever order, a run goes forward and ends at most once", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
      let state = FIRST_STATE;
      let ends = 0;
      for (const event of events) {
        const [next, effects] = transition(state, event);
        if (isFinal(state.phase)) assert.deepEqual([next, effects], [state, []]);
        // Phases are listed in their order; the ends come last.
        assert.ok(PHASES.indexOf(next.phase) >= PHASES.indexOf(state.phase));
        assert.ok(next.stopped || !state.stopped, "a stop is not taken back");
        if (state.phase !== "mustering" || next.phase !== "running")
          assert.ok(effects.every((effect) => effect.do !== "start"));
        ends += effects.filter((effect) => ENDS.includes(effect.do)).length;
        assert.equal(ends, isFinal(next.phase) ? 1 : 0);
        state = next;
      }
    }),
    { numRuns: 1000 },
  );
});
