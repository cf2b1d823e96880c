/** What processes use, from Linux's /proc: CPU seconds since their start and memory that they occupy. */

import { readFileSync } from "node:fs";

export interface ProcessUse {
  readonly cpuS: number;
  readonly rssMb: number;
}

/** Linux counts CPU time in hundredths of a second for programs that read it. */
const TICKS_PER_SECOND = 100;
const KIB_PER_MIB = 1024;
/** Places of user and system time behind the name, which ends with the last parenthesis. */
const USER_FIELD = 11;
const SYSTEM_FIELD = 12;

/** What a process uses; undefined when it is gone. */
export function useOf(pid: number): ProcessUse | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[USER_FIELD]) + Number(fields[SYSTEM_FIELD]);
    const rssKib = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
    return { cpuS: ticks / TICKS_PER_SECOND, rssMb: rssKib / KIB_PER_MIB };
  } catch {
    return undefined;
  }
}

/** The processes that a process has started. */
export function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return text === "" ? [] : text.split(" ").map(Number);
  } catch {
    return [];
  }
}
