/** A page of metrics is read whatever the pieces that it comes in; what is no metric is passed over, and a page without end is not read. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Metric, MOST_PAGE_BYTES, scanMetrics } from "../../libs/engines/http/metrics-scan.ts";

const notTooLong = () => assert.fail("the page is not too long");

/** Reads a text, cut after so many bytes each time; the bytes are other ones as soon as they were looked at. */
function read(
  text: string | Buffer,
  cuts: readonly number[] = [],
  isWanted = (_: string) => true,
): readonly Metric[] {
  const scan = scanMetrics(isWanted, notTooLong);
  const all = Buffer.from(text);
  const shared = Buffer.alloc(Math.max(1, all.length));
  let at = 0;
  for (const length of [...cuts, all.length]) {
    const past = Math.min(all.length, at + length);
    all.copy(shared, 0, at, past);
    scan.push(shared, 0, past - at);
    shared.fill(0);
    at = past;
  }
  assert.equal(scan.isWhole(), true);
  return scan.metrics();
}

const PAGE = `# HELP a what it is
# TYPE a counter
a 1
b{path="/x",q="0.5"} 2.5e3 1700000000000
c{text="a \\"quoted\\" \\\\ and\\nso on",} -4
with:colons_1 7
last{z="ü"} 9`;

const METRICS: readonly Metric[] = [
  { name: "a", labels: {}, value: 1 },
  { name: "b", labels: { path: "/x", q: "0.5" }, value: 2500 },
  { name: "c", labels: { text: 'a "quoted" \\ and\nso on' }, value: -4 },
  { name: "with:colons_1", labels: {}, value: 7 },
  { name: "last", labels: { z: "ü" }, value: 9 },
];

test("names, labels with their escapes, values and times are read; comments are not", () => {
  assert.deepEqual(read(PAGE), METRICS);
});

test("only what is wanted is kept", () => {
  assert.deepEqual(
    read(PAGE, [], (name) => name === "a").map(({ name }) => name),
    ["a"],
  );
});

test("a page is the same in whatever pieces it comes", () => {
  const whole = read(PAGE);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 60 }), (cuts) => {
      assert.deepEqual(read(PAGE, cuts), whole);
    }),
  );
});

test("garbage between the lines costs nothing but itself", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (bytes, text) => {
      const garbage = Buffer.concat([Buffer.from(bytes), Buffer.from(text)]);
      const page = Buffer.concat([Buffer.from("a 1\n"), garbage, Buffer.from("\nz 26\n")]);
      const metrics = read(page);
      assert.deepEqual(metrics[0], { name: "a", labels: {}, value: 1 });
      assert.deepEqual(metrics.at(-1), { name: "z", labels: {}, value: 26 });
      assert.ok(metrics.every(({ value }) => Number.isFinite(value)));
    }),
  );
});

test("lines that are no metric are none: without a value, infinite, with labels that do not end", () => {
  const lines = ["a", "b NaN", "c +Inf", 'd{x="1 5', 'e{x="1"', "f{x=1} 5", "{} 5", "7 8", "g one", ""];
  assert.deepEqual(read(lines.join("\n")), []);
});

test("a line that is far too long is passed over, and the next one is read", () => {
  assert.deepEqual(
    read(`a{x="${"y".repeat(20_000)}"} 1\nb 2`, [7000, 7000, 5000]).map(({ name }) => name),
    ["b"],
  );
});

test("a page without end is told once, and is not whole", () => {
  let told = 0;
  const scan = scanMetrics(
    () => true,
    () => told++,
  );
  const line = Buffer.from(`a ${"1".repeat(998)}\n`);
  for (let bytes = 0; bytes < MOST_PAGE_BYTES + 10_000; bytes += line.length) scan.push(line, 0, line.length);
  assert.equal(told, 1);
  assert.equal(scan.isWhole(), false);
  scan.reset();
  scan.push(Buffer.from("b 2"), 0, 3);
  assert.equal(scan.isWhole(), true);
  assert.deepEqual(scan.metrics(), [{ name: "b", labels: {}, value: 2 }]);
});
