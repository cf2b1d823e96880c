/** `npm run bench:search`: how near the search comes to the capacity of a target that is known. */

import { seriesText } from "../../libs/series/text.ts";
import { eventually } from "../../test/support/eventually.ts";
import { startQueueingServer } from "../../test/support/queueing-server.ts";
import { benchmark, startSystem } from "../../test/support/system.ts";
import { machineText } from "../support/machine.ts";
import { numbersFrom } from "../support/options.ts";

/** `precision` and `within` in per cent; `limit` in milliseconds. */
const DEFAULTS = {
  places: 4,
  service: 20,
  from: 25,
  to: 3200,
  settle: 2,
  step: 10,
  precision: 3,
  confirm: 2,
  limit: 150,
  within: 5,
};
const LONGEST_MS = 3_600_000;

const options = numbersFrom(process.argv.slice(2), DEFAULTS);
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
const first = await system.client.submit(JSON.stringify(config));
const series = await eventually(
  "the search to end",
  async () => {
    const known = await system.client.series(first.series as string);
    return known?.phase === "running" ? undefined : known;
  },
  LONGEST_MS,
);
const found = series.result?.load ?? 0;
const off = Math.abs(found - target.capacity) / target.capacity;
process.stdout.write(
  `${machineText()}\n${seriesText(series)}capacity ${target.capacity}/s, found ${found}/s: off by ${(off * 100).toFixed(1)} %\n`,
);
process.exitCode = off <= options.within / 100 ? 0 : 1;
