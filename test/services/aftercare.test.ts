/** What a run left at its target: the books are held against it, leaders may change, and a target may be silent. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createAftercare, untrueIn } from "../../libs/fold/aftercare.ts";
import type { AftercareEntry } from "../../libs/protocol/aftercare.ts";
import type { LedgerLine } from "../../libs/protocol/ledger.ts";

const LINE: LedgerLine = {
  planned: 10,
  ok: 10,
  failed: 0,
  timed_out: 0,
  missed: 0,
  lost: 0,
  cancelled: 0,
  superseded: 0,
};

const entry = (more: Partial<AftercareEntry>): AftercareEntry => {
  return { v: 1, kind: "aftercare", run: "r", lane: 0, epoch: 1, node: "c", counted: [], ...more };
};
const counted = (operations: number) => entry({ counted: [{ query: 0, operations }] });

function reportOf(entries: readonly AftercareEntry[], line: Partial<LedgerLine> = {}, isBounded = true) {
  const aftercare = createAftercare();
  for (const one of entries) aftercare.add(one);
  // What is written down and read again is the same.
  const again = createAftercare(JSON.parse(JSON.stringify(aftercare.toSnapshot())));
  return again.report({ lineOf: () => ({ ...LINE, ...line }), nameOf: () => "txn", isBounded });
}

test("a target holds what was answered well, and no more than may have come about", () => {
  assert.deepEqual(untrueIn(reportOf([counted(10)])), []);
  assert.deepEqual(untrueIn(reportOf([counted(9)])), [
    "the target holds 9 operations of txn; it must hold 10",
  ]);
  assert.deepEqual(untrueIn(reportOf([counted(11)])), [
    "the target holds 11 operations of txn; it must hold 10",
  ]);
  assert.deepEqual(untrueIn(reportOf([counted(9)], { ok: 8, timed_out: 2 })), []);
  assert.match(untrueIn(reportOf([counted(11)], { ok: 8, timed_out: 2 }))[0] ?? "", /must hold 8 to 10/);
  assert.deepEqual(
    untrueIn(reportOf([counted(99)], {}, false)),
    [],
    "users of a dead worker may have asked more",
  );
});

test("the first count stands, also where a leader that takes over counts what is already removed", () => {
  const report = reportOf([
    counted(10),
    entry({ cleaned: { removed: 7, left: 3 } }),
    counted(0),
    entry({ cleaned: { removed: 3, left: 0 } }),
  ]);
  assert.deepEqual(
    report?.checks.map(({ counted: operations }) => operations),
    [10],
  );
  assert.deepEqual(report?.cleaned, { removed: 10, left: 0 });
  assert.deepEqual(untrueIn(report), []);
});

test("what is left, or could not be looked at, is said; what left nothing says nothing", () => {
  assert.deepEqual(untrueIn(reportOf([entry({ cleaned: { removed: 1, left: 2 } })])), [
    "2 keys of the run are left at the target",
  ]);
  assert.match(untrueIn(reportOf([entry({ failure: "no answer" })]))[0] ?? "", /no answer/);
  assert.equal(reportOf([]), undefined);
});
