/** Leaders that are deposed: what they published in time is run, what they published afterwards is refused. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createAdmission } from "../../services/worker/slices/admission.ts";
import { deliver } from "../support/deliveries.ts";

function admissionOfTest() {
  const refused: string[] = [];
  const admission = createAdmission((_subject, reason) => refused.push(reason));
  return { admission, refused };
}

const sliceOf = (epoch: number) => ({
  v: 1,
  kind: "muster",
  run: "run",
  epoch,
  revision: 1,
  published_ms: 0,
  index: 0,
});

test("a slice that the leader before published before the takeover is run", () => {
  const { admission, refused } = admissionOfTest();
  admission.hear({ epoch: 7, fence_seq: 100 });
  const delivery = deliver(sliceOf(3), { seq: 100 });
  assert.equal(admission.admit(delivery)?.epoch, 3);
  assert.deepEqual([delivery.done, refused], [[], []]);
});

test("a slice that a deposed leader published after the takeover is refused, with the reason", () => {
  const { admission, refused } = admissionOfTest();
  admission.hear({ epoch: 7, fence_seq: 100 });
  const delivery = deliver(sliceOf(3), { seq: 101 });
  assert.equal(admission.admit(delivery), undefined);
  assert.deepEqual(delivery.done, ["terminate: deposed leader"]);
  assert.deepEqual(refused, ["epoch 3 ended at 100, where epoch 7 began; this is 101"]);
});

test("before the new leader was heard, its own slices tell where the epoch of the one before ended", () => {
  const { admission } = admissionOfTest();
  assert.ok(admission.admit(deliver(sliceOf(7), { seq: 105 })));
  assert.ok(admission.admit(deliver(sliceOf(3), { seq: 103 })), "perhaps published in time");
  assert.ok(admission.admit(deliver(sliceOf(7), { seq: 102 })), "delivered again, or out of order");
  assert.equal(admission.admit(deliver(sliceOf(3), { seq: 103 })), undefined);
  // Its word tells it exactly.
  admission.hear({ epoch: 7, fence_seq: 100 });
  assert.equal(admission.admit(deliver(sliceOf(3), { seq: 101 })), undefined);
  assert.ok(admission.admit(deliver(sliceOf(3), { seq: 100 })));
});

test("each leader is fenced by the one that came after it, also when others have come since", () => {
  const { admission } = admissionOfTest();
  admission.hear({ epoch: 2, fence_seq: 100 });
  admission.hear({ epoch: 3, fence_seq: 200 });
  assert.ok(admission.admit(deliver(sliceOf(1), { seq: 99 })));
  assert.equal(admission.admit(deliver(sliceOf(1), { seq: 150 })), undefined);
  assert.ok(admission.admit(deliver(sliceOf(2), { seq: 150 })));
  assert.equal(admission.admit(deliver(sliceOf(2), { seq: 201 })), undefined);
  assert.ok(admission.admit(deliver(sliceOf(3), { seq: 201 })));
});

test("a deposed leader's word does not count", () => {
  const { admission } = admissionOfTest();
  assert.equal(admission.hear({ epoch: 7, fence_seq: 100 }), true);
  assert.equal(admission.hear({ epoch: 3, fence_seq: 0 }), false);
  assert.equal(admission.hear({ epoch: 7, fence_seq: 100 }), true);
});

test("what is not a slice is refused", () => {
  const { admission, refused } = admissionOfTest();
  const delivery = deliver({ v: 1, kind: "cake" });
  assert.equal(admission.admit(delivery), undefined);
  assert.deepEqual(delivery.done, ["terminate: not a slice"]);
  assert.equal(refused.length, 1);
});
