/**
 * A processor from outside, in a thread of its own: it may wait, throw, loop for ever, run out of memory or end its process,
 * and all that ends is the thread. The next call gets a new one.
 */

import { Worker } from "node:worker_threads";
import type { Hook, ModuleConfig } from "../protocol/config/processors.ts";
import { LogburstError } from "../protocol/errors.ts";
import type { AllowedModules } from "../runtime/modules.ts";
import type { Processor, Told } from "./processor.ts";

/** What the thread is started with. */
export interface ThreadStart {
  readonly specifier: string;
  readonly options: ModuleConfig["options"];
}

/** One call, and its answer; there is never more than one under way. */
export interface ThreadCall {
  readonly hook: Hook;
  readonly told: Told[Hook];
}
export type ThreadAnswer = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** Much more than a report takes. */
const MAX_HEAP_MB = 256;
const THREAD = new URL("./module-thread.js", import.meta.url);

/** @throws LogburstError `forbidden` where the settings do not allow the module */
export function createModuleProcessor(config: ModuleConfig, allowed: AllowedModules): Processor {
  const specifier = allowed.get(config.module);
  if (specifier === undefined) {
    throw new LogburstError("forbidden", `the module "${config.module}" is not allowed here`, {
      remedies: ["have the aggregator's LOGBURST_PROCESSOR_MODULES name it"],
    });
  }
  const start: ThreadStart = { specifier, options: config.options };
  let thread: Worker | undefined;

  function startThread(): Worker {
    const started = new Worker(THREAD, {
      workerData: start,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    const isGone = () => {
      if (thread === started) thread = undefined;
    };
    // An error that nobody waits for ends the thread, and nothing else.
    started.on("error", isGone);
    started.on("exit", isGone);
    return started;
  }

  async function close(): Promise<void> {
    await thread?.terminate();
  }

  function call(hook: Hook, told: Told[Hook], signal: AbortSignal): Promise<void> {
    thread ??= startThread();
    const asked = thread;
    return new Promise<void>((resolve, reject) => {
      const hear = (answer: ThreadAnswer) => (answer.ok ? end() : end(new Error(answer.why)));
      const fail = (error: Error) => end(error);
      const exit = () => end(new Error("its thread ended"));
      const abort = () => {
        thread = undefined;
        void asked.terminate();
        end(signal.reason);
      };
      function end(error?: Error): void {
        asked.off("message", hear).off("error", fail).off("exit", exit);
        signal.removeEventListener("abort", abort);
        if (error) reject(error);
        else resolve();
      }
      asked.on("message", hear).on("error", fail).on("exit", exit);
      signal.addEventListener("abort", abort);
      asked.postMessage({ hook, told } satisfies ThreadCall);
    });
  }

  return {
    slices: (told, signal) => call("slices", told, signal),
    window: (told, signal) => call("window", told, signal),
    end: (told, signal) => call("end", told, signal),
    close,
  };
}
