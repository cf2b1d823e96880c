/** Shares many histories out over threads. A history is one thread's alone, so its seed says everything about it. */

import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { addSummary, emptySummary, playSeeds, type Summary } from "./batch.ts";
import type { ScenarioOptions } from "./scenario.ts";

/** A thread's share: seeds that follow one another. */
interface Share {
  readonly first: number;
  readonly count: number;
  readonly options: ScenarioOptions;
}

/** Seeds that a thread is given at once. */
const SHARE = 25;

/** @param onProgress is told the sum so far after each share */
export async function playOnThreads(
  first: number,
  count: number,
  threads: number,
  onProgress: (summary: Summary) => void = () => undefined,
  options: ScenarioOptions = {},
): Promise<Summary> {
  const summary = emptySummary();
  let next = first;

  function take(): Share | undefined {
    if (next >= first + count) return undefined;
    const share = { first: next, count: Math.min(SHARE, first + count - next), options };
    next += share.count;
    return share;
  }

  async function work(): Promise<void> {
    const thread = new Worker(new URL(import.meta.url));
    try {
      for (let share = take(); share; share = take()) {
        addSummary(summary, await ask(thread, share));
        onProgress(summary);
      }
    } finally {
      await thread.terminate();
    }
  }

  await Promise.all(Array.from({ length: threads }, work));
  summary.failures.sort((a, b) => a.seed - b.seed);
  return summary;
}

function ask(thread: Worker, share: Share): Promise<Summary> {
  return new Promise((resolve, reject) => {
    thread.removeAllListeners();
    thread.once("error", reject);
    thread.once("message", resolve);
    thread.postMessage(share);
  });
}

if (!isMainThread) {
  // Links fail all the time there, and nobody reads where; a history that goes wrong is played again alone.
  Error.stackTraceLimit = 0;
  parentPort?.on("message", ({ first, count, options }: Share) => {
    void playSeeds(first, count, false, options).then((summary) => parentPort?.postMessage(summary));
  });
}
