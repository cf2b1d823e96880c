/** The machine that a bench ran on: its figures mean nothing without it. */

import { availableParallelism, cpus, totalmem } from "node:os";
import { bytes } from "../../libs/report/words.ts";

export function machineText(): string {
  const model = cpus()[0]?.model ?? "an unknown processor";
  return `${availableParallelism()} × ${model}, ${bytes(totalmem())}, Node ${process.version}`;
}
