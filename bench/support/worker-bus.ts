/** As much of a bus as a worker needs, within its process. Messages are written as they would be for the network. */

import type { Appended, Bus, Capacity, SliceDelivery } from "../../libs/bus/bus.ts";
import { namesFor } from "../../libs/protocol/names.ts";
import type { RanResult } from "../../libs/protocol/result.ts";
import { systemClock } from "../../libs/runtime/clock.ts";

/** Whoever publishes slices. */
export interface Leader {
  /** The worker takes slices from now on. */
  begin(take: (delivery: SliceDelivery) => void): void;
  /** A result was stored. */
  hear(result: RanResult): void;
}

/** @param values of the bucket of runs, by key */
export function workerBus(values: Readonly<Record<string, unknown>>, leader: Leader): Bus {
  const closing = { close: () => undefined };
  let written = 0;
  const write = (message: unknown) => {
    written += Buffer.from(JSON.stringify(message)).length;
  };
  const bus: Partial<Bus> = {
    names: namesFor(),
    isConnected: () => true,
    onStatus: () => undefined,
    publish: (_subject, message) => write(message),
    subscribe: () => closing,
    serve: () => closing,
    request: async () => new TextEncoder().encode(JSON.stringify({ now_ms: systemClock.nowMs() })),
    async append(_subject, message): Promise<Appended> {
      write(message);
      leader.hear(message as RanResult);
      return { kind: "stored", seq: written, duplicate: false };
    },
    pullSlices(_pool, capacity: Capacity, take) {
      const whenReady = () => (capacity.free() > 0 ? leader.begin(take) : void setTimeout(whenReady, 10));
      whenReady();
      return { restart: () => undefined, stop: async () => undefined };
    },
    runsBucket: async () => ({ get: async (key: string) => ({ value: values[key], revision: 1 }) }) as never,
  };
  return bus as Bus;
}
