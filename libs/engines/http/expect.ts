/** Holds an answer that ended cleanly against what its query expects. A wrong answer has failed, however fast it came. */

import type { Expect } from "../../protocol/config/expect.ts";
import type { BodyScan } from "./body.ts";
import { type Classified, classifyStatus, NOT_WHOLE, OK } from "./classify.ts";
import { type FindingScan, scanFinding } from "./find-text.ts";
import { type HashingScan, scanHashing } from "./row-hash.ts";

/** A scan that looks at what is expected besides. */
export function expectingScan(scan: () => BodyScan, expected: Expect | undefined): () => BodyScan {
  if (!expected) return scan;
  const { contains, excludes, hash } = expected;
  // The hash is asked for by itself: it is the outermost scan.
  const finding =
    contains === undefined && excludes === undefined ? scan : () => scanFinding(scan(), contains, excludes);
  return hash === undefined ? finding : () => scanHashing(finding());
}

/** @param scan of the body, as `expectingScan` made it; it saw nothing unless the status is the one that is expected */
export function judgeAnswer(expected: Expect, status: number, scan: BodyScan, bytes: number): Classified {
  if (status !== expected.status) {
    return status === 200
      ? wrong("status 200", `status 200 and not ${expected.status}`)
      : classifyStatus(status);
  }
  return judgeBody(expected, bytes, scan) ?? (status === 200 ? judgeRows(expected, scan) : OK);
}

/** What is expected of a body of any status. */
function judgeBody(expected: Expect, bytes: number, scan: BodyScan): Classified | undefined {
  if (expected.min_bytes !== undefined && bytes < expected.min_bytes)
    return wrong("too few bytes", `${bytes} bytes, where at least ${expected.min_bytes} are expected`);
  if (expected.max_bytes !== undefined && bytes > expected.max_bytes)
    return wrong("too many bytes", `${bytes} bytes, where at most ${expected.max_bytes} are expected`);
  if (expected.contains === undefined && expected.excludes === undefined) return undefined;
  const { has, lacks } = scan as FindingScan;
  if (lacks()) return wrong("missing text", `the body does not contain ${JSON.stringify(expected.contains)}`);
  return has() ? wrong("unwanted text", `the body contains ${JSON.stringify(expected.excludes)}`) : undefined;
}

function judgeRows(expected: Expect, scan: BodyScan): Classified {
  if (!scan.isWhole()) return NOT_WHOLE;
  const fault = scan.fault?.();
  if (fault) return fault;
  const rows = scan.rows();
  if (expected.min_rows !== undefined && rows < expected.min_rows)
    return wrong("too few rows", `${rows} rows, where at least ${expected.min_rows} are expected`);
  if (expected.max_rows !== undefined && rows > expected.max_rows)
    return wrong("too many rows", `${rows} rows, where at most ${expected.max_rows} are expected`);
  if (expected.hash === undefined) return OK;
  const hash = (scan as HashingScan).hash();
  return hash === expected.hash
    ? OK
    : wrong("other rows", `the rows have the hash ${hash} and not ${expected.hash}`);
}

function wrong(detail: string, message: string): Classified {
  return { outcome: "expect", detail, message };
}
