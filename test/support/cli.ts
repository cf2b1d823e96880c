/** The command line as a process: what it says and how it ends. */

import { execFile } from "node:child_process";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";

const PROGRAM = join(PACKAGE_ROOT, "dist", "bin", "logburst.js");

/** What takes longer hangs: no test runs anything for so long. */
const LIMIT_MS = 120_000;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A command that has begun. */
export interface Begun {
  readonly ended: Promise<Ended>;
  /** What it has written to standard error so far. */
  said(): string;
}

export function logburst(...args: string[]): Promise<Ended> {
  return beginLogburst(...args).ended;
}

/** The same with further variables in its environment. */
export function logburstIn(env: Readonly<Record<string, string>>, ...args: string[]): Promise<Ended> {
  return begin(env, args).ended;
}

export function beginLogburst(...args: string[]): Begun {
  return begin({}, args);
}

function begin(env: Readonly<Record<string, string>>, args: readonly string[]): Begun {
  const options = { maxBuffer: 2 ** 26, timeout: LIMIT_MS, env: { ...process.env, ...env } };
  let said = "";
  const ended = new Promise<Ended>((resolve) => {
    const child = execFile(process.execPath, [PROGRAM, ...args], options, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
    child.stderr?.on("data", (text: string) => {
      said += text;
    });
  });
  return { ended, said: () => said };
}
