/** What differs from one query to the next: variables and time ranges come from the seed and the arrival alone. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Arrival, compileTemplate, type Drawer, drawerOf, quote } from "../../libs/load/draw.ts";
import type { Query } from "../../libs/protocol/config/queries.ts";
import { anySeed, config, type QueryDocument } from "../support/configs.ts";

const T0_MS = Date.parse("2026-03-01T12:00:00Z");

function queryOf(query: Partial<QueryDocument>): Query {
  const [read] = config({ queries: [{ name: "q", template: "*", ...query }] }).spec.queries;
  assert.ok(read);
  return read;
}

const drawer = (query: Partial<QueryDocument>): Drawer => drawerOf(queryOf(query), {});
const contextOf = (seed: number, lanes = 1) => ({ seed, lanes, t0Ms: T0_MS });
const arrivalOf = (index: number, lane = 0, atMs = 0): Arrival => ({ lane, index, occurrence: index, atMs });

const anyArrival: fc.Arbitrary<Arrival> = fc.record({
  lane: fc.nat(100),
  index: fc.nat(100_000),
  occurrence: fc.nat(100_000),
  atMs: fc.double({ min: 0, max: 3_600_000, noNaN: true }),
});

const EVERYTHING: Partial<QueryDocument> = {
  template: "{{ word }} {{ number }} {{ id }}",
  variables: {
    word: { list: ["a", "b", "c", "d", "e"] },
    number: { int: { min: -5, max: 1000 } },
    id: { hex: 16 },
  },
  time_range: { from: "-7d", to: "now", random: "1h" },
};

test("a query's values come from the seed, its lane and its place in it: the same on any worker, in any order", () => {
  fc.assert(
    fc.property(anySeed, fc.array(anyArrival, { minLength: 1, maxLength: 20 }), (seed, arrivals) => {
      const [here, there] = [drawer(EVERYTHING), drawer(EVERYTHING)];
      const forwards = arrivals.map((arrival) => here(contextOf(seed), arrival));
      const backwards = arrivals.toReversed().map((arrival) => there(contextOf(seed), arrival));
      assert.deepEqual(forwards, backwards.reverse());
    }),
  );
});

test("it does not matter in which order the variables were written down", () => {
  const { variables = {} } = EVERYTHING;
  const turned = drawer({
    ...EVERYTHING,
    variables: Object.fromEntries(Object.entries(variables).toReversed()),
  });
  for (let index = 0; index < 50; index++) {
    const arrival = arrivalOf(index);
    assert.deepEqual(turned(contextOf(3), arrival).values, drawer(EVERYTHING)(contextOf(3), arrival).values);
  }
});

test("another seed, lane or place gives other values", () => {
  const draw = drawer(EVERYTHING);
  const ids = [
    draw(contextOf(1), arrivalOf(0)),
    draw(contextOf(2), arrivalOf(0)),
    draw(contextOf(1), arrivalOf(1)),
    draw(contextOf(1), arrivalOf(0, 1)),
  ].map(({ values }) => values.id);
  assert.equal(new Set(ids).size, 4);
});

test("a variable that no query uses is not drawn, and one of its own goes before a shared one", () => {
  const query = queryOf({ template: "{{ x }}", variables: { x: { list: ["own"] } } });
  const { values } = drawerOf(query, {
    x: { list: ["shared"], pick: "random" },
    y: { list: ["unused"], pick: "random" },
  })(contextOf(1), arrivalOf(0));
  assert.deepEqual(values, { x: "own" });
});

test("a variable may be used in an argument alone", () => {
  const draw = drawer({ params: { offset: "{{ hours }}h" }, variables: { hours: { list: [3] } } });
  assert.deepEqual(draw(contextOf(1), arrivalOf(0)).values, { hours: 3 });
});

test("random values take each entry of a list about equally often", () => {
  const draw = drawer(EVERYTHING);
  const counts = new Map<unknown, number>();
  for (let index = 0; index < 5000; index++) {
    const { word } = draw(contextOf(9), arrivalOf(index)).values;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  // 1,000 of each; six standard deviations, √(5000 × 0.2 × 0.8) = 28 each.
  assert.deepEqual([...counts.keys()].sort(), ["a", "b", "c", "d", "e"]);
  for (const count of counts.values()) assert.ok(Math.abs(count - 1000) < 170, String(count));
});

test("random whole numbers stay within their bounds and reach both", () => {
  const draw = drawer({ template: "{{ n }}", variables: { n: { int: { min: -2, max: 2 } } } });
  const seen = new Set(
    Array.from({ length: 300 }, (_, index) => draw(contextOf(1), arrivalOf(index)).values.n),
  );
  assert.deepEqual(
    [...seen].map(Number).sort((a, b) => a - b),
    [-2, -1, 0, 1, 2],
  );
});

test("random digits are as many as asked for, and all sixteen come", () => {
  const draw = drawer({ template: "{{ id }}", variables: { id: { hex: 40 } } });
  const text = Array.from({ length: 50 }, (_, index) => draw(contextOf(1), arrivalOf(index)).values.id).join(
    "",
  );
  assert.match(text, /^[0-9a-f]{2000}$/);
  assert.equal(new Set(text).size, 16);
});

test("values in turn go through the list over the whole run, not anew in each lane", () => {
  const draw = drawer({ template: "{{ x }}", variables: { x: { list: ["a", "b", "c"], pick: "cycle" } } });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(50), (lanes, rounds) => {
      // Arrival n of the run belongs to lane n modulo the lanes.
      for (let n = 0; n < rounds * lanes; n++) {
        const arrival = arrivalOf(Math.floor(n / lanes), n % lanes);
        assert.equal(draw(contextOf(1, lanes), arrival).values.x, "abc"[n % 3]);
      }
    }),
  );
});

test("a sliding range ends when the query is due, and begins so long before", () => {
  const draw = drawer({ time_range: { last: "5m" } });
  for (const atMs of [0, 1234, 60_000.75]) {
    const { range } = draw(contextOf(1), arrivalOf(0, 0, atMs));
    assert.deepEqual(range, {
      startMs: Math.floor(T0_MS + atMs - 300_000),
      endMs: Math.floor(T0_MS + atMs),
    });
  }
});

test("a fixed range stands where it was put, and a relative one counts from the run's start", () => {
  const fixed = drawer({ time_range: { from: "2026-01-01", to: "2026-01-02T06:30:00+01:00" } });
  assert.deepEqual(fixed(contextOf(1), arrivalOf(5, 0, 9999)).range, {
    startMs: Date.UTC(2026, 0, 1),
    endMs: Date.UTC(2026, 0, 2, 5, 30),
  });
  const relative = drawer({ time_range: { from: "-6h", to: "-30m" } });
  assert.deepEqual(relative(contextOf(1), arrivalOf(5, 0, 9999)).range, {
    startMs: T0_MS - 6 * 3_600_000,
    endMs: T0_MS - 1_800_000,
  });
  assert.equal(drawer({})(contextOf(1), arrivalOf(0)).range, undefined);
});

test("a random stretch has its length and lies within from … to", () => {
  const draw = drawer({ time_range: { from: "-1d", to: "now", random: "15m" } });
  const starts = new Set<number>();
  fc.assert(
    fc.property(anySeed, anyArrival, (seed, arrival) => {
      const { range } = draw(contextOf(seed), arrival);
      assert.ok(range);
      assert.equal(range.endMs - range.startMs, 900_000);
      assert.ok(range.startMs >= T0_MS - 86_400_000 && range.endMs <= T0_MS);
      starts.add(range.startMs);
    }),
  );
  assert.ok(starts.size > 90, "stretches differ");
});

test("a random stretch as long as the whole is the whole", () => {
  const draw = drawer({ time_range: { from: "-1h", to: "now", random: "1h" } });
  assert.deepEqual(draw(contextOf(1), arrivalOf(0)).range, { startMs: T0_MS - 3_600_000, endMs: T0_MS });
});

test("a variable stands in the query as a quoted text that no quote, backslash or line end can break", () => {
  const render = compileTemplate("host:{{ host }} AND up");
  assert.equal(render({ host: 'a "b" \\c\nd' }), 'host:"a \\"b\\" \\\\c\\nd" AND up');
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const rendered = render({ host: text });
      assert.ok(!rendered.includes("\n"));
      const inside = rendered.slice("host:".length, -" AND up".length);
      // The oracle is JSON's reader: the literal ends where it should, and means the text.
      assert.equal(JSON.parse(inside), text);
      assert.equal(inside, quote(text));
    }),
  );
});

test("a raw variable stands as it is, and numbers and truths in words", () => {
  const render = compileTemplate("* | limit {{ n | raw }} {{ yes|raw }} {{n}}");
  assert.equal(render({ n: 10, yes: true }), '* | limit 10 true "10"');
});

test("a template without variables is itself", () => {
  assert.equal(compileTemplate('_msg:*"status":5* OR {a="b"}')({}), '_msg:*"status":5* OR {a="b"}');
});

test("what is encoded piece by piece is the same as the whole text encoded", () => {
  const anyPiece = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("{{ a }}", "{{ b | raw }}", " & = + %"),
  );
  fc.assert(
    fc.property(fc.array(anyPiece), fc.string({ unit: "grapheme" }), fc.integer(), (pieces, a, b) => {
      const template = pieces.join("");
      fc.pre(!/\{\{(?! a \}\}| b \| raw \}\})/.test(template));
      const text = compileTemplate(template)({ a, b });
      assert.equal(compileTemplate(template, encodeURIComponent)({ a, b }), encodeURIComponent(text));
    }),
  );
});

test("a template that cannot be read is a fault, not an empty query", () => {
  assert.throws(() => compileTemplate("{{ host"), /never closed/);
});
