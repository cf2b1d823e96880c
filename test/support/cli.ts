/** The command line as a process: what it says and how it ends. */

import { execFile } from "node:child_process";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";

const PROGRAM = join(PACKAGE_ROOT, "dist", "bin", "logburst.js");

/** What takes longer hangs: no test runs anything for so long. */
const LIMIT_MS = 120_000;

export function logburst(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [PROGRAM, ...args],
      { maxBuffer: 2 ** 26, timeout: LIMIT_MS },
      (error, out, err) => {
        resolve({ code: error === null ? 0 : Number(error.code), out, err });
      },
    );
  });
}
