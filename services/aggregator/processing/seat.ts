/** One processor at work: opened by its first call, and told one thing after the other. */

import { createLane, type Outcome } from "../../../libs/processors/lane.ts";
import { callLimitMs } from "../../../libs/processors/open.ts";
import type { Processor, Told } from "../../../libs/processors/processor.ts";
import { type Hook, hooksOf, type ProcessorConfig } from "../../../libs/protocol/config/processors.ts";
import type { Clock } from "../../../libs/runtime/clock.ts";

export interface Seat {
  /** Where it was asked for: `spec.processors[0]`. */
  readonly id: string;
  readonly type: ProcessorConfig["type"];
  readonly hooks: readonly Hook[];
  /** Resolves when it was told, or will not be. Never rejects. */
  tell<H extends Hook>(hook: H, told: Told[H]): Promise<Outcome>;
  /** Nothing waits, and nothing is under way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Slices and windows that waited longer are dropped. */
const FRESH_MS = 10_000;

/** @param open may throw: then the call fails, and the next one tries again */
export function createSeat(id: string, config: ProcessorConfig, open: () => Processor, clock: Clock): Seat {
  const lane = createLane(clock);
  let processor: Processor | undefined;
  return {
    id,
    type: config.type,
    hooks: hooksOf(config),
    tell: (hook, told) =>
      new Promise((resolve) => {
        lane.push({
          limitMs: callLimitMs(config, hook),
          ...(hook !== "end" && { freshMs: FRESH_MS }),
          call(signal) {
            processor ??= open();
            const hear = processor[hook] as
              | ((told: Told[typeof hook], signal: AbortSignal) => void | Promise<void>)
              | undefined;
            return hear?.(told, signal);
          },
          done: resolve,
        });
      }),
    idle: lane.idle,
    async close() {
      lane.stop();
      await processor?.close?.();
    },
  };
}
