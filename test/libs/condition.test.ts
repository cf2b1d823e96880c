/** The words of a threshold: what can be written, what it means, and what is said of anything else. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type Condition,
  conditionText,
  isLatency,
  OPERATORS,
  parseCondition,
} from "../../libs/protocol/config/condition.ts";

const MEANINGS: readonly (readonly [text: string, condition: Condition])[] = [
  ["p(99) < 500ms", { measure: { of: "percentile", percent: 99 }, operator: "<", limit: 500 }],
  ["p(99.9) < 2s", { measure: { of: "percentile", percent: 99.9 }, operator: "<", limit: 2000 }],
  ["avg<100ms", { measure: { of: "avg" }, operator: "<", limit: 100 }],
  ["  max  <=  5s  ", { measure: { of: "max" }, operator: "<=", limit: 5000 }],
  ["max < 1.5m", { measure: { of: "max" }, operator: "<", limit: 90_000 }],
  ["p( 50 ) >= 250us", { measure: { of: "percentile", percent: 50 }, operator: ">=", limit: 0.25 }],
  ["error_rate < 1%", { measure: { of: "error_rate" }, operator: "<", limit: 0.01 }],
  ["error_rate < 0.01", { measure: { of: "error_rate" }, operator: "<", limit: 0.01 }],
  ["achieved/offered > 99%", { measure: { of: "achieved/offered" }, operator: ">", limit: 0.99 }],
  ["missed_rate < 0.1 %", { measure: { of: "missed_rate" }, operator: "<", limit: 0.001 }],
];

for (const [text, condition] of MEANINGS) {
  test(`"${text}" is understood`, () => {
    assert.deepEqual(parseCondition(text), { ok: true, condition });
  });
}

const FAULTS: readonly (readonly [text: string, message: string, remedy: RegExp])[] = [
  ["", "names nothing to measure (character 1)", /write one of p\(99\), avg, max, error_rate/],
  ["< 5ms", "names nothing to measure (character 1)", /write one of/],
  ["p99 < 5ms", 'measures "p99", which is not known (character 1)', /write p\(99\)/],
  ["  p95 < 5ms", 'measures "p95", which is not known (character 3)', /write p\(95\)/],
  ["mean < 5ms", 'measures "mean", which is not known (character 1)', /write avg/],
  ["median < 5ms", 'measures "median", which is not known (character 1)', /write p\(50\)/],
  ["http_req_failed < 1%", 'measures "http_req_failed", which is not known (character 1)', /error_rate/],
  ["rps < 5ms", 'measures "rps", which is not known (character 1)', /write one of p\(99\)/],
  ["p(0) < 5ms", "has a percentile of 0 (character 1)", /more than 0 and less than 100/],
  ["p(100) < 5ms", "has a percentile of 100 (character 1)", /or max/],
  ["p(99)", "compares nothing (character 6)", /write it as in p\(99\) < 500ms/],
  ["p(99) == 5ms", "compares by == (character 7)", /write one of < <= > >=/],
  ["p(99) <", "names no limit (character 8)", /write it as in/],
  ["p(99) < 500", "has no unit (character 9)", /write 500ms or 500s/],
  ["p(99) < 5h", 'has the unit "h" (character 9)', /write 5ms or 5s/],
  ["p(99) < 5%", 'has the unit "%" (character 9)', /write 5ms or 5s/],
  ["p(99) < fast", 'has the limit "fast", which is no figure (character 9)', /write it as in/],
  ["p(99) < -5ms", 'has the limit "-5ms", which is no figure (character 9)', /write it as in/],
  ["error_rate < 5ms", 'has the unit "ms" (character 14)', /write 5%/],
  ["error_rate < 101%", "has a limit of 101% (character 14)", /from 0% to 100%/],
  ["error_rate < 5", "has a limit of 5 (character 14)", /from 0% to 100%/],
];

for (const [text, message, remedy] of FAULTS) {
  test(`"${text}" is refused with the place and the remedy`, () => {
    const parsed = parseCondition(text);
    assert.ok(!parsed.ok);
    assert.equal(parsed.message, message);
    assert.match(parsed.remedy, remedy);
  });
}

const anyMeasure = fc.oneof(
  fc
    .integer({ min: 1, max: 99_999 })
    .map((thousandths) => ({ of: "percentile" as const, percent: thousandths / 1000 })),
  fc
    .constantFrom("avg", "max", "error_rate", "missed_rate", "achieved/offered")
    .map((of) => ({ of }) as Condition["measure"]),
);

const anyCondition = fc
  .tuple(anyMeasure, fc.constantFrom(...OPERATORS), fc.nat({ max: 100_000 }))
  .map(([measure, operator, figure]): Condition => {
    return { measure, operator, limit: isLatency(measure) ? figure / 10 : figure / 100_000 };
  });

test("whatever is understood means the same when it is written down and read again", () => {
  fc.assert(
    fc.property(anyCondition, (condition) => {
      const again = parseCondition(conditionText(condition));
      assert.ok(again.ok, conditionText(condition));
      assert.deepEqual({ ...again.condition, limit: 0 }, { ...condition, limit: 0 });
      assert.ok(Math.abs(again.condition.limit - condition.limit) <= 1e-9 * Math.max(1, condition.limit));
    }),
  );
});

test("no text breaks the reader, and what it refuses it explains", () => {
  const piece = fc.constantFrom(
    "p(",
    "99",
    ")",
    "<",
    "=",
    ">",
    "5",
    "ms",
    "%",
    " ",
    "avg",
    "error_rate",
    "/",
    "x",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((pieces) => pieces.join("")),
      ),
      (text) => {
        const parsed = parseCondition(text);
        if (parsed.ok) return;
        assert.match(parsed.message, /\(character \d+\)$/);
        assert.ok(parsed.remedy.startsWith("write "));
      },
    ),
    { numRuns: 1000 },
  );
});
