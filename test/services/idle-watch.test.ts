/** A worker that was started for the work that there was goes when nothing is left to do, and not before. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { watchIdle } from "../../services/worker/health/idle-watch.ts";
import { manualClock } from "../support/manual-clock.ts";

test("it goes once nothing was to do for so long, and says so once", () => {
  const clock = manualClock();
  let isBusy = true;
  let told = 0;
  watchIdle(
    clock,
    10_000,
    () => isBusy,
    () => told++,
  );
  clock.advance(60_000);
  assert.equal(told, 0, "work keeps it");
  isBusy = false;
  clock.advance(9000);
  isBusy = true;
  clock.advance(1000);
  isBusy = false;
  clock.advance(9000);
  assert.equal(told, 0, "work in between begins the time anew");
  clock.advance(2000);
  assert.equal(told, 1);
  clock.advance(60_000);
  assert.equal(told, 1);
});

test("a watch that is ended says nothing more", () => {
  const clock = manualClock();
  let told = 0;
  const end = watchIdle(
    clock,
    1000,
    () => false,
    () => told++,
  );
  end();
  clock.advance(5000);
  assert.equal(told, 0);
});
