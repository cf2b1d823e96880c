/** What benches measured before: a file of lines of JSON for each bench, kept with the sources. */

import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { isoTime, systemClock } from "../../libs/runtime/clock.ts";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { machineText } from "./machine.ts";

/** The commit that is checked out, with a plus where the checkout differs from it. */
export function commitText(): string {
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: PACKAGE_ROOT, encoding: "utf8" }).trim();
  try {
    const changed = git("status", "--porcelain", "--", ":!bench/history") !== "";
    return git("rev-parse", "--short", "HEAD") + (changed ? "+" : "");
  } catch {
    return "unknown";
  }
}

/** Appends what was measured, with the date, the commit and the machine. */
export function appendHistory(bench: string, figures: object): void {
  const folder = join(PACKAGE_ROOT, "bench", "history");
  mkdirSync(folder, { recursive: true });
  const entry = {
    date: isoTime(systemClock.nowMs()),
    commit: commitText(),
    machine: machineText(),
    ...figures,
  };
  appendFileSync(join(folder, `${bench}.jsonl`), `${JSON.stringify(entry)}\n`);
}
