/** What a schema cannot say of the answer that a query expects. */

import { type Finding, finding, type Path } from "./problems.ts";
import type { Query } from "./queries.ts";
import { parseInstant } from "./scalars.ts";

export function checkExpect(query: Query, at: Path): Finding[] {
  const { expect } = query;
  if (!expect) return [];
  const path = [...at, "expect"];
  const {
    status,
    min_rows: least,
    max_rows: most,
    hash,
    min_bytes: leastBytes,
    max_bytes: mostBytes,
  } = expect;
  if (status !== 200 && (least ?? most ?? hash) !== undefined) {
    return [
      finding(
        path,
        `expects rows of an answer with status ${status}`,
        "expect a status alone, or rows of a 200",
      ),
    ];
  }
  if (least !== undefined && most !== undefined && least > most)
    return [finding(path, "has a min_rows above its max_rows", "exchange them")];
  if (leastBytes !== undefined && mostBytes !== undefined && leastBytes > mostBytes)
    return [finding(path, "has a min_bytes above its max_bytes", "exchange them")];
  return hash === undefined ? [] : checkSame(query, [...path, "hash"]);
}

/** The same rows come only to the same question. */
function checkSame({ template, params, time_range: range }: Query, path: Path): Finding[] {
  if ([template, ...Object.values(params).map(String)].some((text) => text.includes("{{")))
    return [finding(path, "goes with a query that has variables", "write the values out, or expect rows")];
  const ends = [range?.from, range?.to].map((end) => end && parseInstant(end)?.kind);
  if (range?.random === undefined && ends.every((kind) => kind === "absolute")) return [];
  return [
    finding(
      path,
      "goes with a time range that is not fixed",
      "write time_range: {from: 2026-01-31T00:00:00Z, to: 2026-02-01T00:00:00Z}, or expect rows",
    ),
  ];
}
