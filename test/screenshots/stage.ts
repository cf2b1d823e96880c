/** What the pictures are taken of: runs that go on and that are over, on a real system, one place after the other. */

import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { systemClock } from "../../libs/runtime/clock.ts";
import { eventually } from "../support/eventually.ts";
import type { System } from "../support/system.ts";
import { type Place, post } from "./place.ts";
import { systemPlaces } from "./system-places.ts";

interface Config {
  metadata: { name: string };
  spec: Record<string, unknown> & { queries: object[] };
}

/** A query that its server refuses: so that there are errors to be seen. */
const BROKEN = { name: "broken", category: "explore", template: "_time:[ level:=error", weight: 1 };

function configFor(url: string, name: string, workload: object): string {
  const demo = parse(readFileSync("config/demo.yaml", "utf8")) as Config;
  const queries = [...demo.spec.queries, BROKEN];
  const thresholds = ["p(99) < 250ms", "error_rate < 5%", { metric: "p(95) < 100ms", category: "dashboard" }];
  const spec = { ...demo.spec, target: { url, timeout: "10s" }, workload, queries, thresholds };
  return JSON.stringify({ ...demo, metadata: { name }, spec });
}

/** The name by which the target is one of production. */
export function productionUrlOf(url: string): string {
  return url.replace("127.0.0.1", "localhost");
}

/** So long the run goes on that is looked at while it does. */
const SEEN_S = 25;

export async function* openStage(system: System, url: string): AsyncGenerator<Place> {
  const { client, stack } = system;
  const at = (hash: string) => `${stack.apiUrl}/#${hash}`;
  const past: string[] = [];
  for (const rate of [40, 50]) {
    const workload = { model: "open", target_qps: rate, duration: 12, ramp_up_time: 2 };
    past.push((await client.submit(configFor(url, `nightly-${rate}`, workload))).id);
    await eventually(
      "the run is over",
      async () => (await phaseOf(stack.apiUrl, past.at(-1) ?? "")) === "completed",
      60_000,
    );
  }
  const live = await client.submit(
    configFor(url, "checkout-search", { model: "open", target_qps: 60, duration: 600, ramp_up_time: 10 }),
  );
  await eventually(
    "the run goes on",
    async () => (await elapsedS(stack.apiUrl, live.id)) > SEEN_S / 2,
    60_000,
  );
  stack.workers()[2]?.signal("SIGKILL");
  await post(stack.apiUrl, `/runs/${live.id}/change`, { rate: 90 });
  await eventually(
    "there is something to see",
    async () => (await elapsedS(stack.apiUrl, live.id)) > SEEN_S,
    60_000,
  );
  yield { name: "runs", path: at("/runs"), ready: ".spark path" };
  yield { name: "run-live", path: at(`/runs/${live.id}`), ready: '[data-chart="queue"] canvas' };
  await post(stack.apiUrl, `/runs/${live.id}/notes`, { text: "The index was rebuilt at half past." });
  await post(stack.apiUrl, `/runs/${live.id}/stop`, { reason: "all was seen" });
  await eventually(
    "the run is over",
    async () => (await phaseOf(stack.apiUrl, live.id)) === "stopped",
    60_000,
  );
  yield { name: "run-over", path: at(`/runs/${live.id}`), ready: '[data-chart="server-cpu"] canvas' };
  yield {
    name: "run-query",
    path: at(`/runs/${live.id}?q=word_search`),
    ready: '[data-chart="query-rate"] canvas',
  };
  yield { name: "compare", path: at(`/compare?runs=${past.join(",")}`), ready: "[data-comparison] td" };
  yield { name: "new", path: at(`/new?clone=${past[0]}`), ready: '.start p:has-text("✓")' };
  const workload = { model: "open", target_qps: 20, duration: 10 };
  const config = JSON.parse(configFor(url, "search", workload)) as Config;
  yield* libraryPlaces(stack.apiUrl, config);
  await client.submit(configFor(productionUrlOf(url), "checkout-search", workload));
  yield { name: "approvals", path: at("/approvals"), ready: "[data-run]" };
  yield* systemPlaces(system, { ...config, metadata: { name: "search-again" } });
}

/** Pages of the library, with an entry of each kind. */
async function* libraryPlaces(apiUrl: string, config: object): AsyncGenerator<Place> {
  for (const document of libraryOf(config)) await post(apiUrl, "/library", document);
  const { id } = (await post(apiUrl, "/executions", { kind: "suite", name: "nightly" })) as { id: string };
  const at = (hash: string) => `${apiUrl}/#${hash}`;
  yield { name: "library", path: at("/library"), ready: "#executions td" };
  yield { name: "entry", path: at("/library/scenario/search"), ready: ".running" };
  yield { name: "execution", path: at(`/executions/${id}`), ready: "#stages td" };
}

function libraryOf(config: object): object[] {
  const entry = (kind: string, name: string, spec: object) => {
    return { apiVersion: "benchmark.victorialogs.io/v1", kind, metadata: { name }, spec };
  };
  const parameters = {
    rate: { path: "workload.target_qps", default: 20, description: "queries per second" },
  };
  const scenarios = [
    { scenario: "search", parameters: { rate: 10 } },
    { scenario: "search", parameters: { rate: 30 } },
  ];
  return [
    entry("Scenario", "search", { description: "What people ask when something broke", parameters, config }),
    entry("Suite", "nightly", { description: "The search at two rates", scenarios }),
    entry("Plan", "release", {
      stages: [
        { name: "smoke", scenario: "search" },
        { name: "full", suite: "nightly", if: { smoke: "passed" } },
      ],
    }),
    entry("Schedule", "every-night", { cron: "0 3 * * *", time_zone: "Europe/Berlin", suite: "nightly" }),
  ];
}

interface Told {
  readonly phase: string;
  readonly t0_ms?: number;
}

async function recordOf(apiUrl: string, id: string): Promise<Told> {
  return (await (await fetch(`${apiUrl}/api/v1/runs/${id}`)).json()) as Told;
}

async function phaseOf(apiUrl: string, id: string): Promise<string> {
  return (await recordOf(apiUrl, id)).phase;
}

async function elapsedS(apiUrl: string, id: string): Promise<number> {
  const { t0_ms: t0Ms } = await recordOf(apiUrl, id);
  return t0Ms === undefined ? 0 : (systemClock.nowMs() - t0Ms) / 1000;
}
