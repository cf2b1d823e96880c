/** The short chaos suite: each fault once, on real processes; `npm run chaos` drives them with every model. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { startTarget } from "../support/servers.ts";
import { casesOf, FAULTS, runCases } from "./suite.ts";
import { header, lineOf, type Row } from "./table.ts";

/** Stages side by side: light ones, that mostly wait. */
const AT_ONCE = 3;

test("the books balance, whatever dies", async (suite) => {
  await using target = await startTarget(1000);
  const cases = casesOf(FAULTS, 1, 1, true);
  const rows: Row[] = [];
  suite.diagnostic(header());
  await runCases(cases, AT_ONCE, target.url, (row) => {
    suite.diagnostic(lineOf(row));
    rows.push(row);
  });
  assert.ok(rows.length === cases.length && rows.length >= 20, `${rows.length} faults were driven`);
  for (const { fault } of cases) {
    await suite.test(`${fault.name}: ${fault.promises}`, () => {
      const row = rows.find((entry) => entry.fault === fault.name);
      assert.deepEqual(row?.complaints, [], row && lineOf(row));
    });
  }
});
