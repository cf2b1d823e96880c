/** What etcd's gateway says, read from bytes: watches in any pieces, transactions, and whatever else may come. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { below, gatewayPath, keysOf, rangeEnd } from "../../libs/engines/etcd/gateway.ts";
import { readTxn } from "../../libs/engines/etcd/txn.ts";
import { eventValue, scanWatch } from "../../libs/engines/etcd/watch-stream.ts";

const TOKEN = "t-1";
const EVENTS = 20;

interface Written {
  readonly number: number;
  readonly revision: number;
  readonly token?: string;
}

function lineOf(events: readonly Written[]): string {
  const told = events.map(({ number, revision, token = TOKEN }) => {
    const value = Buffer.from(eventValue(token, number, 1000.5 + number)).toString("base64");
    return { kv: { key: "a2V5", create_revision: "3", mod_revision: String(revision), version: "1", value } };
  });
  return `${JSON.stringify({ result: { header: { revision: "9" }, events: told } })}\n`;
}

const CREATED = `${JSON.stringify({ result: { header: { revision: "2" }, created: true } })}\n`;

/** What a watcher makes of a stream. */
function watch(text: string, cuts: readonly number[] = []) {
  const sent: number[] = [];
  let created = 0;
  const scan = scanWatch(EVENTS, TOKEN, {
    created: () => created++,
    event: (sentMs) => sent.push(sentMs),
    isGivenUp: () => false,
  });
  const bytes = Buffer.from(text);
  let from = 0;
  for (const end of [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)) {
    scan.push(bytes, from, end);
    from = end;
  }
  return { created, sent, rows: scan.rows(), wrong: scan.wrong()?.message, isEnough: scan.isEnough?.() };
}

const all = Array.from({ length: EVENTS }, (_, number) => ({ number, revision: 10 + number }));

test("a watch in any pieces and lines is the same: each event once, with the time when it was sent", () => {
  const anyLines = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: EVENTS, maxLength: EVENTS });
  const property = fc.property(anyLines, fc.array(fc.nat(9000), { maxLength: 8 }), (sizes, cuts) => {
    let text = CREATED;
    for (let at = 0, line = 0; at < EVENTS; at += sizes[line++] as number) {
      text += lineOf(all.slice(at, at + (sizes[line] as number)));
    }
    const { created, sent, rows, wrong, isEnough } = watch(text, cuts);
    assert.deepEqual([created, rows, wrong, isEnough], [1, EVENTS, undefined, true]);
    assert.deepEqual(
      sent,
      all.map(({ number }) => 1000.5 + number),
    );
  });
  fc.assert(property, { numRuns: 100 });
});

test("what is missing, comes twice, out of order or from somebody else is found out", () => {
  assert.equal(watch(CREATED + lineOf(all.slice(1))).wrong, "19 of 20 events came");
  assert.equal(watch(lineOf([...all.slice(0, 5), { number: 4, revision: 99 }])).wrong, "an event came twice");
  const swapped = [all[1], all[0]] as Written[];
  assert.equal(watch(lineOf(swapped)).wrong, "out of order");
  assert.equal(watch(lineOf([{ number: 99, revision: 10 }])).wrong, "an event that nobody wrote");
  const stranger = watch(lineOf([{ number: 0, revision: 3, token: "other" }]) + lineOf(all));
  assert.deepEqual([stranger.rows, stranger.wrong], [EVENTS, undefined]);
  const canceled = `${JSON.stringify({ result: { canceled: true, compact_revision: "7" } })}\n`;
  assert.equal(watch(CREATED + canceled).wrong, "canceled, compacted to 7");
  assert.match(watch('{"error":{"message":"gone"}}\n').wrong ?? "", /etcd says gone/);
});

test("no bytes make a watcher or a transaction throw", () => {
  const property = fc.property(fc.string({ maxLength: 200 }), (text) => {
    watch(`${text}\n`);
    watch(`{"result":${JSON.stringify(text)}}\n`);
    readTxn(text);
  });
  fc.assert(property, { numRuns: 300 });
  for (const odd of [
    "null",
    "[]",
    "1",
    '{"responses":[null,1]}',
    '{"responses":"x"}',
    '{"result":{"events":5}}',
  ])
    assert.doesNotThrow(() => [readTxn(odd), watch(`${odd}\n`)], odd);
});

test("a transaction is committed by its answer, or by its marker, and else says how often the counter was written", () => {
  const range = (kvs?: object[]) => ({ response_range: { header: {}, ...(kvs && { kvs }) } });
  const answer = (body: object) => readTxn(JSON.stringify({ header: {}, ...body }));
  assert.deepEqual(answer({ succeeded: true, responses: [] }), { isCommitted: true, version: undefined });
  assert.deepEqual(answer({ responses: [range(), range([{ version: "7" }])] }), {
    isCommitted: false,
    version: 7,
  });
  assert.deepEqual(answer({ responses: [range([{ version: "1" }]), range()] }), {
    isCommitted: true,
    version: 0,
  });
  assert.equal(answer({}), undefined);
});

test("all keys of a run lie in one range, and the gateway's path is its version's", () => {
  const keys = keysOf(undefined, "run-1");
  for (const key of [keys.data, keys.counters("q"), keys.marker(1, 2), keys.watched(0)])
    assert.ok(key.startsWith(keys.base));
  assert.equal(Buffer.from(rangeEnd("ab"), "base64").toString(), "ac");
  assert.deepEqual(below("ab"), { key: "YWI=", range_end: "YWM=" });
  assert.deepEqual(["3.5.16", "3.3.1", "3.2", undefined].map(gatewayPath), [
    "/v3",
    "/v3beta",
    "/v3alpha",
    "/v3",
  ]);
});
