/** The search against a target with places that take the same time for every query: its capacity is arithmetic. */

import { seriesText } from "../../libs/series/text.ts";
import { startQueueingServer } from "../../test/support/queueing-server.ts";
import { benchmark, startSystem } from "../../test/support/system.ts";
import { seriesOf } from "./follow.ts";

export interface Known {
  readonly places: number;
  /** Milliseconds that each query takes. */
  readonly service: number;
  readonly from: number;
  readonly to: number;
  readonly settle: number;
  readonly step: number;
  /** Per cent. */
  readonly precision: number;
  readonly confirm: number;
  /** Of p95, in milliseconds. */
  readonly limit: number;
  /** Per cent that what is found may be off. */
  readonly within: number;
}

/** @returns whether it came near enough */
export async function searchKnown(options: Known): Promise<boolean> {
  const { from, to, settle, step, confirm } = options;
  await using target = await startQueueingServer(options.places, options.service);
  await using system = await startSystem({ workers: 1 });
  const config = benchmark(target.url, {
    workload: {
      model: "search",
      search: { from, to, settle, step, confirm, precision: options.precision / 100 },
    },
    queries: [{ name: "q", template: "*" }],
    // With even arrivals and one length of service nobody waits below the capacity, and above it everybody ever longer.
    thresholds: [`p(95) < ${options.limit}ms`, "error_rate < 1%"],
  });
  const series = await seriesOf(system.client, config);
  const found = series.result?.load ?? 0;
  const off = Math.abs(found - target.capacity) / target.capacity;
  process.stdout.write(
    `${seriesText(series)}capacity ${target.capacity}/s, found ${found}/s: off by ${(off * 100).toFixed(1)} %\n`,
  );
  return off <= options.within / 100;
}
