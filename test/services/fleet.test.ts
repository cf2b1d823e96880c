/** A small fleet in virtual time: whoever dies, every slice and every query is accounted for exactly. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { countsOf } from "../../bench/fleet/check.ts";
import { type FleetOptions, simulateFleet } from "../../bench/fleet/simulate.ts";
import { systemClock } from "../../libs/runtime/clock.ts";

const FLEET: FleetOptions = {
  workers: 200,
  queriesPerSecond: 20_000,
  durationS: 30,
  lanes: 100,
  slots: 32,
  deathsPerSecond: 1,
  cutsPerSecond: 1,
  seed: 7,
};

test("two hundred workers, some of which die or are cut off, account for every query of 600,000", () => {
  const outcome = simulateFleet(FLEET, systemClock);
  for (const { what, counted, expected } of countsOf(FLEET, outcome)) assert.equal(counted, expected, what);
  const line = outcome.fold.ledger.line();
  assert.equal(line.planned, 600_000);
  // What the faults must have left, or the counts were not put to the test.
  assert.ok(outcome.deaths > 10 && outcome.redeliveries > 10, "workers died with slices in their hands");
  assert.ok(line.lost > 0, "some of what they had begun is lost");
  assert.ok(line.superseded > 0, "some of what was cut off was run twice");
  assert.ok(line.failed > 0 && line.timed_out > 0, "some queries failed");
  assert.ok(outcome.told.nodesLost > 10 && outcome.told.nodesJoined > 210, "and were missed, and replaced");
});

test("the same seed gives the same history, another one another", () => {
  const history = (seed: number) => {
    const small = { ...FLEET, workers: 40, queriesPerSecond: 2000, lanes: 20, durationS: 10, seed };
    const { deaths, redeliveries, told, fold } = simulateFleet(small, systemClock);
    return { deaths, redeliveries, told, line: fold.ledger.line() };
  };
  assert.deepEqual(history(3), history(3));
  assert.notDeepEqual(history(3), history(4));
});
