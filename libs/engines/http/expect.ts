/** Holds an answer that ended cleanly against what its query expects. A wrong answer has failed, however fast it came. */

import type { Expect } from "../../protocol/config/expect.ts";
import type { BodyScan } from "./body.ts";
import { type Classified, classifyStatus, NOT_WHOLE, OK } from "./classify.ts";
import type { HashingScan } from "./row-hash.ts";

/** @param scan of the body, a hashing one where a hash is expected; it saw nothing unless the status is 200 */
export function judgeAnswer(expected: Expect, status: number, scan: BodyScan): Classified {
  if (status !== expected.status) {
    return status === 200
      ? wrong("status 200", `status 200 and not ${expected.status}`)
      : classifyStatus(status);
  }
  if (status !== 200) return OK;
  if (!scan.isWhole()) return NOT_WHOLE;
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
