/** The short chaos suite: each fault once, on real processes; `npm run chaos` drives them with every model. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { startTarget } from "../support/servers.ts";
import { runRow } from "./row.ts";
import { casesOf, FAULTS } from "./suite.ts";
import { header, lineOf } from "./table.ts";

/** Systems side by side: light ones, that mostly wait. */
const AT_ONCE = 4;

test("the books balance, whatever dies", { concurrency: AT_ONCE }, async (suite) => {
  await using target = await startTarget(1000);
  suite.diagnostic(header());
  const rows = casesOf(FAULTS, 1, 1, true).map(({ fault, model, seed }) =>
    suite.test(`${fault.name} (${model}): ${fault.promises}`, async () => {
      const row = await runRow(fault, model, seed, target.url);
      suite.diagnostic(lineOf(row));
      assert.deepEqual(row.complaints, [], lineOf(row));
    }),
  );
  assert.ok(rows.length >= 20, "the faults were found");
  await Promise.all(rows);
});
