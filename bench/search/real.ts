/**
 * The search for users against a real VictoriaLogs that executes so many queries at once and lets the others wait. Each query
 * has one thread of it, so that up to its places, as far as there are cores, nobody waits; beyond them more users bring nothing.
 */

import { seriesText } from "../../libs/series/text.ts";
import { startTarget } from "../../test/support/servers.ts";
import { benchmark, startSystem } from "../../test/support/system.ts";
import { seriesOf } from "./follow.ts";

const LINES = 300_000;
const MOST_USERS = 16;
/** Some twenty milliseconds of one core. */
const QUERY = {
  name: "spread",
  template: "options(concurrency=1) * | stats by (namespace) count() lines, count_uniq(user_id) users",
};
/**
 * One user more than there are places makes answers longer by one part in as many as there are places; the threshold lies halfway.
 *
 * @returns whether as many users were found as the server has places
 */
export async function searchReal(places: number): Promise<boolean> {
  await using target = await startTarget(LINES, `-search.maxConcurrentRequests=${places}`);
  await using system = await startSystem({ workers: 1 });
  const alone = { model: "closed", total_concurrent_users: 1, duration: 10, warm_up: 2 };
  const { report } = await system.run(benchmark(target.url, { workload: alone, queries: [QUERY] }));
  const limitMs = Math.ceil((report.totals.response_ms.p50 ?? 0) * (1 + 1 / (2 * places)));
  const search = {
    ...{ from: 1, to: MOST_USERS, load: "closed" },
    ...{ settle: 2, step: 10, precision: 0.1, confirm: 2 },
  };
  const config = benchmark(target.url, {
    workload: { model: "search", search },
    queries: [QUERY],
    thresholds: [`p(50) < ${limitMs}ms`, "error_rate < 1%"],
  });
  const series = await seriesOf(system.client, config);
  process.stdout.write(
    `${seriesText(series)}one user: p50 ${report.totals.response_ms.p50} ms; threshold ${limitMs} ms; ${places} places, found ${series.result?.load} users\n`,
  );
  return series.result?.load === places;
}
