/** What follows from answers is done together, soon, in order, and never by fewer turns than it must. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createFollowUps, TOGETHER } from "../../services/worker/attempt/follow-ups.ts";

const now = () => 0;

/** Turns of an event loop that end when a test says so. */
function turnsOfTest() {
  const due: (() => void)[] = [];
  return {
    nextTurn: (call: () => void) => void due.push(call),
    asked: () => due.length,
    end: () => due.splice(0).forEach((call) => void call()),
  };
}

test("users who are answered in one turn ask again at its end, in the order of their answers", () => {
  const turns = turnsOfTest();
  const followUps = createFollowUps(now, turns.nextTurn);
  const asked: string[] = [];
  for (const user of ["a", "b", "c"]) followUps.add(() => asked.push(user));
  assert.deepEqual(asked, []);
  assert.equal(turns.asked(), 1);
  turns.end();
  assert.deepEqual(asked, ["a", "b", "c"]);
});

test("nobody waits for more answers than some, and a turn's end asks nobody twice", () => {
  const turns = turnsOfTest();
  const followUps = createFollowUps(now, turns.nextTurn);
  let asked = 0;
  for (let user = 0; user < TOGETHER + 1; user++) followUps.add(() => asked++);
  assert.equal(asked, TOGETHER);
  turns.end();
  assert.equal(asked, TOGETHER + 1);
  turns.end();
  assert.equal(asked, TOGETHER + 1);
});

test("who is answered while others ask again has the next turn", () => {
  const turns = turnsOfTest();
  const followUps = createFollowUps(now, turns.nextTurn);
  const asked: string[] = [];
  followUps.add(() => {
    asked.push("a");
    followUps.add(() => asked.push("a again"));
  });
  followUps.add(() => asked.push("b"));
  turns.end();
  assert.deepEqual(asked, ["a", "b"]);
  turns.end();
  assert.deepEqual(asked, ["a", "b", "a again"]);
});

test("where there are no turns to wait for, each asks again at once", () => {
  const followUps = createFollowUps(now, undefined);
  let asked = 0;
  followUps.add(() => asked++);
  assert.equal(asked, 1);
});
