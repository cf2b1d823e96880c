/** The short chaos suite as tests: each fault once, on real processes; `npm run chaos` drives all, with every model. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { startTarget } from "../support/servers.ts";
import type { Fault } from "./fault.ts";
import { casesOf, runCases } from "./suite.ts";
import { header, lineOf, type Row } from "./table.ts";

/** Stages side by side: light ones, that mostly wait. */
const AT_ONCE = 4;
const SEED = 1;

/** Drives each of the faults once, and makes a test of each row. */
export function testShortly(what: string, faults: readonly Fault[]): void {
  test(what, async (suite) => {
    await using target = await startTarget(1000);
    const cases = casesOf(faults, SEED, 1, true);
    const rows: Row[] = [];
    suite.diagnostic(header());
    await runCases(cases, AT_ONCE, target.url, (row) => {
      suite.diagnostic(lineOf(row));
      rows.push(row);
    });
    assert.equal(rows.length, faults.length);
    for (const { fault } of cases) {
      await suite.test(`${fault.name}: ${fault.promises}`, () => {
        const row = rows.find((entry) => entry.fault === fault.name);
        assert.deepEqual(row?.complaints, [], row && lineOf(row));
      });
    }
  });
}
