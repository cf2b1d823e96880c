/** What a coordinator remembers of live runs for those who come later: the newest word on each second, and not without end. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Live } from "../../libs/protocol/live.ts";
import { createLiveBook } from "../../services/coordinator/api/live-book.ts";
import { exampleReport } from "../support/example-report.ts";

const [example] = exampleReport.timeline;

function live(run: string, seconds: readonly number[], ok: number, stepS = 1): Live {
  const points = seconds.map((second) => ({ ...example, second, ok }));
  const query = { query: "q", step_s: stepS, points: seconds.map((second) => ({ second, ok })) };
  const fleet = seconds.map((second) => ({ second, workers: ok }));
  const servers = seconds.map((second) => ({ url: "http://a", to_s: second, executing: ok }));
  return { run, timeline: { step_s: stepS, points, queries: [query], fleet, servers } } as unknown as Live;
}

const told = (book: ReturnType<typeof createLiveBook>, run: string) =>
  book.of(run)?.points.map(({ second, ok }) => [second, ok]);

test("who comes later is told every second that was heard of, by the newest word on it", () => {
  const book = createLiveBook();
  book.add(live("r1", [0, 1], 5));
  book.add(live("r2", [7], 1));
  book.add(live("r1", [1, 2], 9));
  assert.deepEqual(told(book, "r1"), [
    [0, 5],
    [1, 9],
    [2, 9],
  ]);
  assert.deepEqual(told(book, "r2"), [[7, 1]]);
  const { queries, fleet, servers } = book.of("r1") ?? {};
  assert.deepEqual(
    [
      queries?.[0]?.points.map(({ ok }) => ok),
      fleet?.map(({ workers }) => workers),
      servers?.map(({ executing }) => executing),
    ],
    [
      [5, 9, 9],
      [5, 9, 9],
      [5, 9, 9],
    ],
    "its queries, workers and servers too",
  );
  assert.equal(book.of("r3"), undefined);
});

test("a timeline that got coarser is told in one measure", () => {
  const book = createLiveBook();
  book.add(live("r1", [0, 1, 2], 5));
  book.add(live("r1", [2, 4], 10, 2));
  assert.equal(book.of("r1")?.step_s, 2);
  assert.deepEqual(told(book, "r1"), [
    [2, 10],
    [4, 10],
  ]);
});

test("long runs, and many of them, take bounded memory, and the last ones are kept", () => {
  const book = createLiveBook();
  for (let second = 0; second < 5000; second++) book.add(live("long", [second, second + 1], 1));
  assert.equal(told(book, "long")?.length, 1200);
  assert.equal(told(book, "long")?.at(-1)?.[0], 5000);
  for (let run = 0; run < 100; run++) book.add(live(`r${run}`, [0], 1));
  assert.equal(book.of("long"), undefined);
  assert.equal(book.of("r67"), undefined);
  assert.ok(book.of("r68") && book.of("r99"));
});
