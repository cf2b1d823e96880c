/** The thread of a processor from outside: loads its module with the first call, and hands each call on. */

import { parentPort, workerData } from "node:worker_threads";
import { messageOf } from "../protocol/errors.ts";
import type { ThreadAnswer, ThreadCall, ThreadStart } from "./module.ts";
import type { Processor } from "./processor.ts";

/** What a module exports: one function that makes a processor of its options. */
interface ProcessorModule {
  createProcessor?(options: ThreadStart["options"]): Processor | Promise<Processor>;
}

const { specifier, options } = workerData as ThreadStart;
let processor: Promise<Processor> | undefined;

async function load(): Promise<Processor> {
  const module = (await import(specifier)) as ProcessorModule;
  if (typeof module.createProcessor === "function") return module.createProcessor(options);
  throw new Error("the module exports no function createProcessor");
}

async function answer({ hook, told }: ThreadCall): Promise<ThreadAnswer> {
  try {
    processor ??= load();
    const call = (await processor)[hook] as ((told: unknown, signal: AbortSignal) => unknown) | undefined;
    // Whoever is too slow loses the thread; so the signal of this side never comes.
    await call?.call(await processor, told, new AbortController().signal);
    return { ok: true };
  } catch (error) {
    return { ok: false, why: messageOf(error) };
  }
}

parentPort?.on("message", (call: ThreadCall) => {
  void answer(call).then((word) => parentPort?.postMessage(word));
});
