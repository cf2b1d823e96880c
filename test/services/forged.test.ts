/** Forged results: whatever is made of honest ones, the books balance, and what is refused changes no figure. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ReportContext, reportOf } from "../../libs/fold/report.ts";
import type { RunFold } from "../../libs/fold/run-fold.ts";
import { below, type Random, randomFor } from "../../libs/load/random.ts";
import { parseObject } from "../../libs/protocol/door.ts";
import { isBalanced } from "../../libs/protocol/ledger.ts";
import { Report } from "../../libs/protocol/report.ts";
import { LogEntry, parseLogEntry, type Result } from "../../libs/protocol/result.ts";
import { anySeed } from "../support/configs.ts";
import { anyLoggedRun, foldPart, type LoggedRun, newFold } from "../support/logs.ts";

const CONTEXT: ReportContext = { shownConfig: {}, warnings: [], versions: {} };
const VALUES = [0, 1, -1, 0.5, 7, 2 ** 31, 2 ** 53, 1e300, "", "garbage", "AAAA", null, [], {}, true];

type Json = Record<string, unknown> | unknown[];

/** Changes one thing in a message: a value, or an element of a list that is there twice, or no more. */
function forge(entry: LogEntry, random: Random): unknown {
  const forged = structuredClone(entry) as unknown as Json;
  let at: Json = forged;
  for (;;) {
    const keys = Object.keys(at);
    const key = keys[below(random, Math.max(1, keys.length))];
    if (key === undefined) return forged;
    const value = (at as Record<string, unknown>)[key];
    if (typeof value === "object" && value !== null && random() < 0.8) {
      at = value as Json;
      continue;
    }
    if (Array.isArray(at) && random() < 0.5) at.splice(Number(key), below(random, 2), structuredClone(value));
    else if (typeof value === "number" && random() < 0.5)
      (at as Record<string, unknown>)[key] = value + below(random, 5) - 2;
    else (at as Record<string, unknown>)[key] = VALUES[below(random, VALUES.length)];
    return forged;
  }
}

/** The honest log with forged messages in between, folded as the aggregator does. @returns the log without what was refused */
function foldWithForgeries(run: LoggedRun, fold: RunFold, random: Random): LogEntry[] {
  const kept: LogEntry[] = [];
  let seq = 0;
  const add = (message: unknown) => {
    const parsed = parseObject(LogEntry, message);
    seq++;
    if (!parsed.ok) fold.addUnreadable("schema", seq);
    else if (fold.addEntry(parsed.value, seq).kind !== "refused") kept.push(parsed.value);
  };
  for (const entry of run.entries) {
    while (below(random, 2) === 0) add(forge(entry, random));
    add(entry);
  }
  return kept;
}

/** A report without what tells of refusals. */
function withoutRefusals({ refused: _, slices, ...report }: Report) {
  return { ...report, slices: { ...slices, results_refused: 0 } };
}

test("forged messages unbalance nothing, are counted by reason, and change nothing where they are refused", () => {
  let refusals = 0;
  fc.assert(
    fc.property(anyLoggedRun, anySeed, (run, seed) => {
      const fold = newFold(run);
      const kept = foldWithForgeries(run, fold, randomFor(seed, 3));
      foldPart(run, fold, [0, 0], [0, run.events.length]);
      const report = reportOf(fold, CONTEXT);
      for (const { ledger } of [report, ...report.queries, ...report.nodes]) assert.ok(isBalanced(ledger));
      assert.deepEqual(parseObject(Report, report), { ok: true, value: report }, "it is a report");
      assert.equal(
        report.slices.results_refused,
        report.refused.reduce((sum, { count }) => sum + count, 0),
      );
      refusals += report.slices.results_refused;
      const honest = { ...run, entries: kept };
      const alone = newFold(honest);
      foldPart(honest, alone, [0, kept.length], [0, run.events.length]);
      assert.deepEqual(withoutRefusals(report), withoutRefusals(reportOf(alone, CONTEXT)));
    }),
    { numRuns: 150 },
  );
  assert.ok(refusals > 1000, `${refusals} were refused`);
});

test("whatever a message looks like, it is read or refused as by its schema alone", () => {
  let read = 0;
  let unread = 0;
  fc.assert(
    fc.property(anyLoggedRun, anySeed, (run, seed) => {
      const random = randomFor(seed, 4);
      for (const entry of run.entries) {
        for (const message of [
          JSON.parse(JSON.stringify(entry)),
          forge(entry, random),
          withMore(entry, random),
        ]) {
          const parsed = parseLogEntry(message);
          assert.deepEqual(parsed, parseObject(LogEntry, message));
          if (parsed.ok) read++;
          else unread++;
        }
      }
    }),
    { numRuns: 100 },
  );
  assert.ok(read > 1000 && unread > 1000, `${read} read, ${unread} refused`);
});

/** With something in it, or in one of its cells, that no schema knows. */
function withMore(entry: LogEntry, random: Random): unknown {
  const more = { surprise: VALUES[below(random, VALUES.length)] };
  if (entry.kind !== "ran" || entry.cells.length === 0) return { ...entry, ...more };
  const [first, ...others] = entry.cells;
  return { ...entry, cells: [{ ...first, ...more }, ...others] };
}

test("no honest result is ever refused", () => {
  fc.assert(
    fc.property(anyLoggedRun, (run) => {
      const fold = newFold(run);
      run.entries.forEach((entry, index) => {
        const folded = fold.addEntry(entry, index + 1);
        assert.notEqual(folded.kind, "refused", JSON.stringify([folded, entry as Result]));
      });
    }),
  );
});
