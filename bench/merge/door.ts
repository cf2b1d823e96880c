/** The door of an aggregator: bytes of the log go in as from the bus, and are parsed, checked, folded and counted. */

import type { Bus, HearLogged } from "../../libs/bus/bus.ts";
import { namesFor } from "../../libs/protocol/names.ts";
import type { RanResult } from "../../libs/protocol/result.ts";
import { runKey, specKey } from "../../libs/protocol/run.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { createRegistry } from "../../libs/runtime/metrics.ts";
import { startAggregator } from "../../services/aggregator/aggregator.ts";
import { createAggregatorMetrics } from "../../services/aggregator/metrics.ts";
import { NO_PROCESSORS } from "../../services/aggregator/processing/processing.ts";
import { eventsOf, type FleetRun, resultOf } from "./messages.ts";

export interface Cost {
  readonly results: number;
  readonly cells: number;
  readonly bytes: number;
  readonly largestBytes: number;
  /** CPU time of the process, with all its threads. */
  readonly cpuMs: number;
}

export interface Door {
  /** Hands over all results of the next window of the run. */
  feed(): Promise<Cost>;
  close(): Promise<void>;
}

/** Messages between two turns of the event loop, as a connection's reads bring them. */
const AT_ONCE = 20;

/** A real aggregator on a bus that is a few functions within the process, with one live run. */
export async function openDoor(run: FleetRun): Promise<Door> {
  const names = namesFor();
  const ears = new Map<string, HearLogged>();
  let settled = 0;
  let window = 0;
  let seq = 0;
  const values: Readonly<Record<string, unknown>> = {
    [runKey(run.id)]: run.record,
    [specKey(run.id, run.record.revision)]: run.document,
  };
  const closing = { close: async () => undefined };
  const bus: Partial<Bus> = {
    names,
    serverVersion: "none",
    publish: () => undefined,
    subscribe: () => ({ close: () => undefined }),
    lastSeq: async () => 0,
    async follow(stream, _filter, _from, hear) {
      ears.set(stream, hear);
      return closing;
    },
  };
  const metrics = createAggregatorMetrics(createRegistry("aggregator"));
  const aggregator = await startAggregator({
    bus: bus as Bus,
    clock: systemClock,
    log: createLog("aggregator", "bench", "warn"),
    runs: {
      get: async (key: string) => ({ value: values[key], revision: 1 }),
      keys: async () => [runKey(run.id)],
    } as never,
    reports: { get: async () => undefined, put: async () => undefined, delete: async () => undefined },
    metrics: {
      ...metrics,
      addSettled(fold, result) {
        settled++;
        metrics.addSettled(fold, result);
      },
    },
    resultsDir: "/nowhere",
    processors: NO_PROCESSORS,
  });

  function hear(stream: string, subject: string, data: Uint8Array): void {
    ears.get(stream)?.(data, subject, ++seq);
  }

  for (const event of eventsOf(run, systemClock.nowMs()))
    hear(names.streams.events, names.subjects.event(run.id, event.type), bytesOf(event));

  async function feed(): Promise<Cost> {
    const results = Array.from({ length: run.plan.lanes }, (_, lane) => resultOf(run, lane, window));
    const messages = results.map((result) => ({
      subject: names.subjects.result(run.id, result.lane),
      data: bytesOf(result),
    }));
    window++;
    const before = settled;
    const since = process.cpuUsage();
    for (const [index, { subject, data }] of messages.entries()) {
      hear(names.streams.results, subject, data);
      if (index % AT_ONCE === 0) await new Promise(setImmediate);
    }
    const { user, system } = process.cpuUsage(since);
    if (settled - before !== messages.length)
      throw new Error(`${settled - before} of ${messages.length} results settled their slices`);
    return { ...sizesOf(results, messages), cpuMs: (user + system) / 1000 };
  }

  return { feed, close: aggregator.close };
}

function sizesOf(results: readonly RanResult[], messages: readonly { readonly data: Buffer }[]) {
  const sizes = messages.map(({ data }) => data.length);
  return {
    results: results.length,
    cells: results.reduce((sum, { cells }) => sum + cells.length, 0),
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    largestBytes: Math.max(...sizes),
  };
}

function bytesOf(message: object): Buffer {
  return Buffer.from(JSON.stringify(message));
}
