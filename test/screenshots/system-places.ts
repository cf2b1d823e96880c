/** The pages about the whole system, for their pictures: a search, repeats, Pods of a cluster, settings, and the kill switch while it is set. */

import { connect } from "nats";
import { namesFor } from "../../libs/protocol/names.ts";
import { seriesKey } from "../../libs/protocol/series.ts";
import { SETTINGS_KEY } from "../../libs/protocol/settings.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { eventually } from "../support/eventually.ts";
import { exampleSearch } from "../support/example-search.ts";
import type { System } from "../support/system.ts";
import { type Place, post } from "./place.ts";

const DAY_MS = 86_400_000;

/** @param config of a run that takes a moment */
export async function* systemPlaces(
  { client, stack: { apiUrl, natsUrl } }: System,
  config: { readonly metadata: object; readonly spec: object },
): AsyncGenerator<Place> {
  await plant(natsUrl);
  const workload = { model: "open", target_qps: 20, duration: 3 };
  const repeats = JSON.stringify({ ...config, spec: { ...config.spec, workload, repeat: 3 } });
  const { series = "" } = await client.submit(repeats);
  await eventually(
    "the end of the repeats",
    async () => (await client.series(series))?.phase === "completed",
    120_000,
  );
  const at = (hash: string) => `${apiUrl}/#${hash}`;
  yield { name: "series", path: at("/series"), ready: "#series td" };
  yield { name: "search", path: at(`/series/${exampleSearch.id}`), ready: "#capacity svg.curve" };
  yield { name: "repeats", path: at(`/series/${series}`), ready: "#spread td" };
  yield { name: "nodes", path: at("/nodes"), ready: "#pods td" };
  yield { name: "settings", path: at("/settings"), ready: "#refused li" };
  await post(apiUrl, "/kill", { reason: "The database is on fire." });
  yield { name: "kill", path: at("/kill"), ready: ".alarm" };
}

/** A search of yesterday, and settings with a slip in them. */
async function plant(natsUrl: string): Promise<void> {
  const nats = await connect({ servers: natsUrl.replace("nats://", "") });
  const { buckets } = namesFor();
  const bucketOf = (name: string) => nats.jetstream().views.kv(name);
  const search = { ...exampleSearch, created_ms: systemClock.nowMs() - DAY_MS };
  await (await bucketOf(buckets.runs)).put(seriesKey(search.id), JSON.stringify(search));
  const settings = `apiVersion: benchmark.victorialogs.io/v1
kind: ServiceSettings
spec:
  log_level: info
  slots: many
`;
  await (await bucketOf(buckets.settings)).put(SETTINGS_KEY, settings);
  await nats.close();
}
