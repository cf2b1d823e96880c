/** When a report says that p99 is waiting and not execution; and how a server's figures become stretches of the run. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Answers, queueingOf } from "../../libs/fold/server/queueing.ts";
import { halved, joined, type Span, spanOf } from "../../libs/fold/server/spans.ts";
import type { ServerValues } from "../../libs/protocol/server.ts";

/** Two seconds of a server with four places, in which it took up 200 queries. */
function span(at: number, change: Partial<Span["grown"]> = {}, isFull = true): Span {
  return {
    from_ms: at * 2000,
    to_ms: at * 2000 + 2000,
    samples: 1,
    full: isFull ? 1 : 0,
    grown: { queries: 200, waits: 190, ...change },
    highest: { executing: isFull ? 4 : 1 },
    places: 4,
  };
}

/** A second of the run's answers. */
function answers(second: number, meanMs: number, p99Ms: number, ok = 100): Answers {
  return { fromMs: second * 1000, toMs: second * 1000 + 1000, ok, meanMs, p99Ms };
}

const seconds = (count: number, meanMs: number, p99Ms: number, ok?: number) =>
  Array.from({ length: count }, (_, second) => answers(second, meanMs, p99Ms, ok));
const TEN = Array.from({ length: 5 }, (_, at) => span(at));

/** Four places for two seconds and 200 queries: an execution takes 40 ms. */
test("where all places are taken and a query waits for longer than it executes, p99 is waiting", () => {
  const found = queueingOf(TEN, seconds(10, 320, 400), 400);
  assert.deepEqual(found, {
    seconds: 10,
    p99_ms: 400,
    full_share: 1,
    waited_share: 0.95,
    places: 4,
    service_ms: 320,
    execution_ms: 40,
    wait_ms: 280,
  });
});

test("where the server itself tells how long an execution takes, that counts", () => {
  const told = TEN.map((one) => ({ ...one, grown: { ...one.grown, timed: 200, executing_s: 60 } }));
  assert.equal(queueingOf(told, seconds(10, 320, 400), 400), undefined, "300 of 320 ms are execution");
  const quick = TEN.map((one) => ({ ...one, grown: { ...one.grown, timed: 200, executing_s: 2 } }));
  assert.equal(queueingOf(quick, seconds(10, 320, 400), 400)?.execution_ms, 10);
});

test("where nobody waits, where few do, and where executions are what takes long, it is not", () => {
  const cases: [what: string, spans: readonly Span[], of: readonly Answers[]][] = [
    [
      "nobody waits, though all places are taken",
      TEN.map((_, at) => span(at, { waits: 0 })),
      seconds(10, 320, 400),
    ],
    ["one in two hundred waits", TEN.map((_, at) => span(at, { waits: 1 })), seconds(10, 320, 400)],
    ["all wait, and for much less than p99", TEN, seconds(10, 100, 400)],
    ["a few slow queries among quick ones make p99", TEN, seconds(10, 90, 2000)],
    ["there are too few answers for a p99", TEN, seconds(10, 320, 400, 9)],
    ["nothing was answered", TEN, []],
    ["nothing is known of the server", [], seconds(10, 320, 400)],
  ];
  for (const [what, spans, of] of cases) assert.equal(queueingOf(spans, of, 400), undefined, what);
});

test("only the time in which p99 is high counts: a full server in quick seconds says nothing, and the other way round", () => {
  const slowLater = [...seconds(8, 20, 50), answers(8, 320, 400), answers(9, 320, 400)];
  const fullLater = TEN.map((one, at) => (at < 4 ? span(at, { waits: 0 }, false) : one));
  const found = queueingOf(fullLater, slowLater, 400);
  assert.equal(found?.seconds, 2);
  const fullBefore = TEN.map((one, at) => (at < 4 ? one : span(at, { waits: 0 }, false)));
  assert.equal(queueingOf(fullBefore, slowLater, 400), undefined);
});

test("a server that does not count who waits is full where its samples find it so", () => {
  const bare = (isFull: boolean) =>
    TEN.map((one, at) => ({ ...span(at, {}, isFull), grown: { queries: one.grown.queries as number } }));
  assert.equal(queueingOf(bare(true), seconds(10, 320, 400), 400)?.waited_share, null);
  assert.equal(queueingOf(bare(false), seconds(10, 320, 400), 400), undefined);
});

const moment = (atMs: number, values: ServerValues) => ({ atMs, values });

test("what a counter grew by survives a restart of the server", () => {
  const before = moment(0, { started_s: 100, cpu_s: 50, queries: 1000, waits: 3 });
  const grown = spanOf(before, moment(2000, { started_s: 100, cpu_s: 53, queries: 1100, waits: 3 }));
  assert.deepEqual(grown.grown, { cpu_s: 3, queries: 100, waits: 0 });
  const anew = spanOf(before, moment(2000, { started_s: 160, cpu_s: 51, queries: 20, waits: 5 }));
  assert.deepEqual(anew.grown, { cpu_s: 51, queries: 20, waits: 5 }, "even counters that have overtaken");
  const untold = spanOf(moment(0, { queries: 9 }), moment(2000, { queries: 4, waits: 1 }));
  assert.deepEqual(untold.grown, { queries: 4, waits: 1 });
});

test("a figure that is not told is not there, and spans that are joined lose nothing", () => {
  const anyValues = fc.record(
    {
      queries: fc.integer({ min: 0, max: 50 }),
      cpu_s: fc.integer({ min: 0, max: 9 }),
      executing: fc.integer({ min: 0, max: 4 }),
      places: fc.constant(4),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(anyValues, { minLength: 2, maxLength: 40 }), (all) => {
      const spans = all
        .slice(1)
        .map((values, at) => spanOf(moment(at * 1000, all[at] ?? {}), moment(at * 1000 + 1000, values)));
      const half = halved(spans);
      assert.deepEqual(joined(half), joined(spans));
      assert.equal(half.length, Math.ceil(spans.length / 2));
      const queries = spans.reduce((sum, { grown }) => sum + (grown.queries ?? 0), 0);
      assert.equal(joined(spans).grown.queries ?? 0, queries);
      assert.equal(joined(spans).samples, spans.length);
    }),
  );
});
