/** The chaos suite's judgement: what does not add up is found. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Report } from "../../libs/protocol/report.ts";
import { planFor } from "../support/configs.ts";
import { exampleReport } from "../support/example-report.ts";
import { cellOf, ranOf } from "../support/results.ts";
import { countsOf, imbalances } from "./books.ts";

const { ledger } = exampleReport;
const SENT = ledger.ok + ledger.failed + ledger.timed_out;
const PLAN = planFor({ model: "open", target_qps: 10, duration: 2 });

test("a balanced report has no complaint; a state without its reason, or a query too many, has one", () => {
  assert.deepEqual(imbalances(exampleReport), []);
  assert.deepEqual(imbalances({ ...exampleReport, reasons: [] }), [
    "1 missed, but reasons for 0",
    "3 lost, but reasons for 0",
  ]);
  const tooMany: Report = { ...exampleReport, ledger: { ...ledger, ok: ledger.ok + 1 } };
  assert.deepEqual(imbalances(tooMany), ["the ledger does not balance"]);
});

test("what arrived and is in nobody's books shows, to the unit", () => {
  const late = { result: ranOf(PLAN, { lane: 0, window: 0 }, { cells: [cellOf({ ok: 4 })] }), isLate: true };
  const counts = countsOf(
    exampleReport,
    [late, { ...late, isLate: false }],
    SENT + ledger.superseded + 4 + 7,
  );
  assert.deepEqual(
    { ...counts },
    {
      sent: SENT,
      superseded: ledger.superseded,
      late: 4,
      atProxy: SENT + ledger.superseded + 11,
      unreported: 7,
    },
  );
});
