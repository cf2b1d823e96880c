/** The panel's frame: addresses, figures, words, tables, and what a browser has to load. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import {
  clockText,
  latencyText,
  rateText,
  shareText,
  spanText,
} from "../../services/coordinator/panel/frame/figures.ts";
import { hashOf, type Route, readRoute } from "../../services/coordinator/panel/frame/route.ts";
import { sorted } from "../../services/coordinator/panel/frame/sorting.ts";
import { MAX_SPARK, SPARK, sparkPath, withRate } from "../../services/coordinator/panel/runs/sparkline.ts";
import { CHINESE } from "../../services/coordinator/panel/words/chinese.ts";
import { ENGLISH, type Word } from "../../services/coordinator/panel/words/english.ts";
import { filled } from "../../services/coordinator/panel/words/fill.ts";

/** All scripts and style sheets, packed. */
const MAX_LOADED_BYTES = 150_000;

test("the built panel loads in a moment: its scripts and styles are small, and nothing of them is in the page", () => {
  const folder = join(PACKAGE_ROOT, "dist", "panel");
  const assets = readdirSync(join(folder, "assets")).filter((name) => /\.(js|css)$/.test(name));
  assert.ok(assets.some((name) => name.endsWith(".js")) && assets.some((name) => name.endsWith(".css")));
  const bytes = assets.map((name) => gzipSync(readFileSync(join(folder, "assets", name))).length);
  assert.ok(bytes.reduce((sum, each) => sum + each, 0) < MAX_LOADED_BYTES);
  const page = readFileSync(join(folder, "index.html"), "utf8");
  assert.doesNotMatch(page, /<style|style=|<script(?![^>]* src="\/)|(?:src|href)="(?!\/assets\/)/);
});

test("an address leads to the page that made it, whatever stands in a run's or a query's name", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
  const plain = { noNullPrototype: true } as const;
  const route: fc.Arbitrary<Route> = fc.oneof(
    fc.record({ page: fc.constant("runs" as const), name: fc.string(), phase: fc.string() }, plain),
    fc.record(
      { page: fc.constant("run" as const), id: text, query: fc.option(text, { nil: undefined }) },
      plain,
    ),
    fc.record({ page: fc.constant("new" as const), clone: fc.option(text, { nil: undefined }) }, plain),
    fc.record({ page: fc.constant("entry" as const), kind: text, name: text }, plain),
    fc.record({ page: fc.constantFrom("execution" as const, "one-series" as const), id: text }, plain),
    fc.record(
      { page: fc.constantFrom("library", "approvals", "series", "nodes", "settings", "kill") },
      plain,
    ),
    fc.constant<Route>({ page: "compare", ids: ["a", "b"] }),
  );
  fc.assert(fc.property(route, (to) => assert.deepEqual(readRoute(hashOf(to)), to)));
  assert.deepEqual(readRoute(""), { page: "runs", name: "", phase: "" });
  assert.deepEqual(readRoute("#/runs/%E0%A4%A"), { page: "unknown", path: "/runs/%E0%A4%A" });
  assert.deepEqual(readRoute("#/compare?runs=a,b,a,,c,d,e,f"), { page: "compare", ids: [..."abcde"] });
  assert.equal(readRoute("#/nowhere/at/all").page, "unknown");
});

test("figures say what they are worth", () => {
  assert.deepEqual([0.4, 99.94, 12_345.6].map(rateText), ["0.4", "99.9", "12,346"]);
  assert.deepEqual([undefined, 0, 0.00001, 0.5].map(shareText), ["–", "0 %", "< 0.01 %", "50.00 %"]);
  assert.deepEqual([null, 1.234, 2500].map(latencyText), ["–", "1.23 ms", "2.50 s"]);
  assert.deepEqual([-5, 45_400, 200_000, 7_500_000, 300_000_000].map(spanText), [
    ...["0 s", "45 s", "3 m 20 s", "2 h 5 m", "3 d"],
  ]);
  assert.deepEqual([0, 65, 3723, -61].map(clockText), ["0:00", "1:05", "1:02:03", "−1:01"]);
});

const holesOf = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

test("every word is there in both languages, with the same places to fill in", () => {
  for (const [word, english] of Object.entries(ENGLISH) as [Word, string][]) {
    const chinese = CHINESE[word];
    assert.notEqual(chinese.trim(), "", word);
    assert.deepEqual(holesOf(chinese), holesOf(english), word);
  }
  assert.equal(filled("{n} of {of}", { n: "{of}", of: "4" }), "{of} of 4");
});

test("a table puts what has no value last, whichever way it is sorted", () => {
  const rows = [{ v: 2 }, { v: undefined }, { v: 10 }, { v: 1 }];
  const by = ({ v }: { v: number | undefined }) => v;
  const order = (isDown: boolean) => sorted(rows, by, { key: "v", isDown }).map(by);
  assert.deepEqual(order(true), [10, 2, 1, undefined]);
  assert.deepEqual(order(false), [1, 2, 10, undefined]);
  assert.equal(sorted(rows, by, undefined), rows);
});

test("a sparkline keeps the newest rates and stays in its frame", () => {
  const rates = Array.from({ length: 200 }, (_, at) => at % 7).reduce<readonly number[]>(withRate, []);
  assert.equal(rates.length, MAX_SPARK);
  const numbers = [...sparkPath(rates).matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ]);
  assert.equal(numbers.length, MAX_SPARK);
  for (const [x = -1, y = -1] of numbers)
    assert.ok(x >= 0 && x <= SPARK.width && y >= 0 && y <= SPARK.height);
  assert.equal(sparkPath([5]), "");
  assert.doesNotMatch(sparkPath([0, 0]), /NaN/);
});

test("no file of the panel writes markup of its own making: what comes from elsewhere can be text alone", () => {
  const folder = join(PACKAGE_ROOT, "services", "coordinator", "panel");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.tsx?$/.test(name),
  );
  assert.ok(files.length > 50);
  for (const name of files) {
    const text = readFileSync(join(folder, name), "utf8");
    assert.doesNotMatch(
      text,
      /innerHTML|outerHTML|insertAdjacent|dangerously|document\.write|\beval\(|new Function/,
      name,
    );
  }
});
