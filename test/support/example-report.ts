/** One fixed report that adds up: an open run of 45 s, in which a worker died and the target was slow for a while. */

import { createBlocks } from "../../libs/fold/blocks.ts";
import type { LedgerLine } from "../../libs/protocol/ledger.ts";
import type { Figures, Latency, Report } from "../../libs/protocol/report.ts";
import type { TimelinePoint } from "../../libs/protocol/timeline.ts";
import { heatCellOf } from "../../libs/stats/heat.ts";
import { exampleServerSide } from "./example-server.ts";
import { exampleJudgement } from "./example-thresholds.ts";
import { exampleTime } from "./example-time.ts";

const DURATION_MS = 45_012;

/** Mean, p50, p90, p95, p99, p99.9 and maximum in milliseconds; nothing where nothing was measured. */
type Percentiles = readonly number[];

function latency(count: number, values: Percentiles = []): Latency {
  const [mean = null, p50 = null, p90 = null, p95 = null, p99 = null, p99_9 = null, max = null] = values;
  return { count, mean, p50, p90, p95, p99, p99_9, max };
}

function line(states: Partial<LedgerLine>): LedgerLine {
  const all = { ok: 0, failed: 0, timed_out: 0, missed: 0, lost: 0, cancelled: 0, superseded: 0, ...states };
  return { ...all, planned: all.ok + all.failed + all.timed_out + all.missed + all.lost + all.cancelled };
}

interface Measured {
  readonly states: Partial<LedgerLine>;
  readonly bytes: number;
  readonly rows: number;
  readonly service: Percentiles;
  readonly response: Percentiles;
  readonly lag: Percentiles;
  readonly failed?: Percentiles;
}

function figures({ states, bytes, rows, service, response, lag, failed }: Measured): Figures {
  const ledger = line(states);
  const bad = ledger.failed + ledger.timed_out;
  const sent = ledger.ok + bad;
  const perSecond = (count: number) => Number((count / (DURATION_MS / 1000)).toFixed(3));
  return {
    ledger,
    ok_per_s: perSecond(ledger.ok),
    completed_per_s: perSecond(sent),
    error_rate: Number((bad / sent).toFixed(6)),
    ...{ bytes, rows, resent: 0 },
    service_ms: latency(ledger.ok, service),
    response_ms: latency(ledger.ok, response),
    schedule_lag_ms: latency(sent, lag),
    failed_service_ms: latency(bad, failed),
  };
}

const SERVICE: Percentiles = [34.218, 21.535, 63.231, 97.663, 341.503, 812.543, 1204.223];
const RESPONSE: Percentiles = [40.63, 22.639, 70.143, 118.335, 402.175, 871.423, 1262.591];
const FAILED: Percentiles = [3366.402, 12.351, 10_001.407, 10_001.407, 10_001.407, 10_001.407, 10_001.407];
const LAG: Percentiles = [6.412, 0.731, 3.902, 24.127, 131.967, 168.959, 171.214];

const totals = figures({
  states: { ok: 3990, failed: 4, timed_out: 2, missed: 1, lost: 3, superseded: 12 },
  bytes: 19_950_000,
  rows: 132_416,
  service: SERVICE,
  response: RESPONSE,
  lag: LAG,
  failed: FAILED,
});

const errorsByLevel = figures({
  states: { ok: 2401, failed: 2, missed: 1, lost: 1, superseded: 8 },
  bytes: 2_401_000,
  rows: 9604,
  service: [21.804, 17.423, 31.199, 44.543, 121.599, 301.823, 344.319],
  response: [28.117, 18.511, 38.015, 66.943, 201.343, 398.079, 441.855],
  lag: LAG,
  failed: [8.204, 4.057, 12.351, 12.351, 12.351, 12.351, 12.351],
});

const lastFiveMinutes = figures({
  states: { ok: 1183, failed: 1, timed_out: 1, lost: 2, superseded: 4 },
  bytes: 14_196_000,
  rows: 118_300,
  service: [45.117, 33.215, 81.663, 118.015, 398.335, 790.015, 812.543],
  response: [51.42, 34.367, 92.031, 142.847, 441.087, 843.263, 871.423],
  lag: LAG,
  failed: [5003.118, 4.829, 10_001.407, 10_001.407, 10_001.407, 10_001.407, 10_001.407],
});

const facets = figures({
  states: { ok: 366, failed: 1, timed_out: 1 },
  bytes: 2_928_000,
  rows: 4392,
  service: [74.882, 58.303, 141.951, 198.399, 502.783, 1204.223, 1204.223],
  response: [81.306, 60.127, 158.207, 224.895, 548.351, 1262.591, 1262.591],
  lag: LAG,
  failed: [5060.902, 120.395, 10_001.407, 10_001.407, 10_001.407, 10_001.407, 10_001.407],
});

const rareTrace = figures({
  states: { ok: 40 },
  bytes: 425_000,
  rows: 120,
  service: [88.341, 71.167, 160.127, 222.975, 268.031, 268.031, 268.031],
  response: [91.2, 72.255, 171.391, 231.551, 270.847, 270.847, 270.847],
  lag: LAG,
});

const searching = figures({
  states: { ok: 1549, failed: 2, timed_out: 2, lost: 2, superseded: 4 },
  bytes: 17_124_000,
  rows: 122_692,
  service: [52.15, 37.471, 97.343, 140.287, 431.615, 1011.199, 1204.223],
  response: [58.481, 38.751, 108.607, 166.911, 476.927, 1066.495, 1262.591],
  lag: LAG,
  failed: [5032.01, 120.395, 10_001.407, 10_001.407, 10_001.407, 10_001.407, 10_001.407],
});

/** What did not end well, by second of the run. */
const MISHAPS: Readonly<Record<number, Partial<LedgerLine>>> = {
  9: { lost: 3, missed: 1 },
  10: { failed: 1 },
  24: { failed: 2, timed_out: 1 },
  25: { timed_out: 1 },
  38: { failed: 1 },
};

/** How much slower the target was than at its best, by second of the run. */
const SLOWNESS: Readonly<Record<number, number>> = { 22: 1.8, 23: 3.1, 24: 4.6, 25: 5.2, 26: 3.4, 27: 1.7 };

function pointLatency(second: number, p50: number): TimelinePoint["service_ms"] {
  return {
    p50: inMs(p50),
    p95: inMs(p50 * (2.6 + ((second * 3) % 4) / 10)),
    p99: inMs(p50 * (6.1 + ((second * 11) % 9) / 4)),
    p99_9: inMs(p50 * (7.9 + ((second * 5) % 7) / 4)),
    max: inMs(p50 * (8.8 + ((second * 5) % 7) / 4)),
  };
}

function inMs(value: number): number {
  return Number(value.toFixed(3));
}

/** Ten seconds of ramp (5, 15, … 95), then a hundred a second; a small, fixed unrest in the latencies. */
function timelinePoint(second: number): TimelinePoint {
  const planned = second < 10 ? 5 + 10 * second : 100;
  const { failed = 0, timed_out = 0, missed = 0, lost = 0 } = MISHAPS[second] ?? {};
  const ok = planned - failed - timed_out - missed - lost;
  const p50 = (19 + ((second * 7) % 5)) * (SLOWNESS[second] ?? 1);
  return {
    second,
    load: second < 10 ? 5 + 10 * second : 100,
    planned,
    ok,
    ...{ failed, timed_out, missed, lost, cancelled: 0 },
    bytes: ok * 5000,
    service_ms: pointLatency(second, p50),
    response_ms: pointLatency(second, p50 + 4),
    lag_p99_ms: second >= 22 && second <= 27 ? 168.959 : inMs(2 + (second % 3)),
    heat: [heatCellOf(p50 * 1000), ok],
    classes: { ...(failed > 0 && { http_5xx: failed }), ...(timed_out > 0 && { timeout: timed_out }) },
  };
}

function query(name: string, category: string, api: string, template: string, weight: number, of: Figures) {
  const shares = { weight, share_target: weight / 100, share_actual: of.ledger.planned / 4000 };
  return { name, category, api, template, ...shares, service_histogram: null, ...of };
}

type Node = Report["nodes"][number];
const BUSIEST: Partial<Node> = { slices: 82, loop_delay_p99_ms_max: 96.4 };
const LOST: Partial<Node> = { slices: 18, last_ms: 9004.118, clock_error_ms_max: 0.702 };
function node(node_id: string, state: Node["state"], states: Partial<LedgerLine>, rest: Partial<Node>): Node {
  const { ok = 0, failed = 0, timed_out = 0 } = states;
  const measured = { service: SERVICE, response: RESPONSE, lag: LAG };
  return {
    node_id,
    state,
    slices: 0,
    slices_redelivered: 0,
    first_ms: 0.412,
    last_ms: DURATION_MS,
    loop_delay_p99_ms_max: 14.287,
    cpu_cores_max: 0.412,
    rss_mb_max: 131.4,
    clock_error_ms_max: 0.391,
    ...figures({
      states,
      bytes: ok * 5000,
      rows: ok * 33,
      ...measured,
      ...(failed + timed_out > 0 && { failed: FAILED }),
    }),
    ...rest,
  };
}

const CHECKOUT = 'facets of "checkout" & <none>';
const REQUEST = "GET /select/logsql/query?query=_time%3A5m+error&limit=100";

export const exampleReport: Report = {
  schema_version: 3,
  run_id: "checkout-20260301-100000-k3x9",
  name: "checkout",
  model: "open",
  phase: "completed",
  ...exampleJudgement,
  muster: { slots_needed: 4, slots_held: 4, workers: 3, duration_ms: 4104 },
  ...{ started_at: "2026-03-01T10:00:00.000Z", ended_at: "2026-03-01T10:00:45.012Z" },
  duration_ms: DURATION_MS,
  planned_duration_ms: 45_000,
  ...{ ledger: totals.ledger, ledger_balanced: true, user_seconds: null, totals },
  queries: [
    query("errors by level", "stats", "stats_query", "error | stats by (level) count() n", 60, errorsByLevel),
    query("last five minutes", "search", "query", "_time:5m error", 30, lastFiveMinutes),
    query(CHECKOUT, "search", "facets", 'app:="checkout" level:!="<none>"', 9, facets),
    query("a trace by its id", "trace", "query", "trace_id:={{ trace }}", 1, rareTrace),
  ],
  categories: [
    { category: "stats", ...errorsByLevel },
    { category: "search", ...searching },
    { category: "trace", ...rareTrace },
  ],
  nodes: [
    node("worker-a", "finished", { ok: 1827, failed: 2, timed_out: 1 }, BUSIEST),
    node(
      "worker-b",
      "finished",
      { ok: 1783, failed: 1, timed_out: 1, missed: 1, lost: 3, superseded: 12 },
      { slices: 80, slices_redelivered: 2, cpu_cores_max: 0.438, rss_mb_max: 136.9 },
    ),
    node("worker-c", "lost", { ok: 380, failed: 1 }, LOST),
  ],
  timeline_step_s: 1,
  timeline: Array.from({ length: 45 }, (_, second) => timelinePoint(second)),
  ...{ ...exampleTime, blocks: createBlocks(4).report(), server: exampleServerSide },
  errors: [
    {
      query: "errors by level",
      class: "http_5xx",
      detail: "503",
      count: 2,
      first_ms: 24_117.3,
      last_ms: 24_802.94,
      samples: [
        { at_ms: 24_117.3, node_id: "worker-a", message: "503: more than 8 requests", request: REQUEST },
        { at_ms: 24_802.94, node_id: "worker-b", message: "503 Service Unavailable", request: REQUEST },
      ],
    },
    error("last five minutes", "timeout", "no answer in 10s", 24_040.118),
    error(CHECKOUT, "timeout", "no answer in 10s", 25_330.207),
    error("last five minutes", "connect", "ECONNRESET", 10_201.554),
    error(CHECKOUT, "http_4xx", "400", 38_411.902),
  ],
  reasons: [
    reason("lost", "last five minutes", 2, ["1.11", "2.11"], "worker-c"),
    reason("lost", "errors by level", 1, ["1.11"], "worker-c"),
    reason("missed", "errors by level", 1, ["3.24"], "worker-b"),
  ],
  superseded: { results: 1, ok: 11, failed: 1, timed_out: 0, bytes: 55_000 },
  refused: [{ why: "balance", count: 1, nodes: ["worker-c"] }],
  slices: { planned: 180, published: 180, settled: 180, redelivered: 2, superseded: 1, results_refused: 1 },
  events: [
    { at_ms: -7214, type: "accepted", text: "run checkout was accepted" },
    { at_ms: -7106, type: "mustering", text: "waiting for 4 slots" },
    { at_ms: -3002, type: "started", text: "began with 4 slots on 3 workers" },
    { at_ms: 12_040, type: "node_lost", text: "worker worker-c fell silent with 2 slices" },
    { at_ms: 45_104, type: "drained", text: "every slice is settled" },
  ],
  warnings: ["spec.target.auth.token stands in the config; token_from keeps it out of files"],
  spec: {
    apiVersion: "benchmark.victorialogs.io/v1",
    kind: "BenchmarkConfig",
    metadata: { name: "checkout" },
    spec: {
      target: { url: "http://victorialogs:9428", auth: { token: "***" } },
      workload: { model: "open", target_qps: 100, duration: "45s", ramp_up_time: "10s" },
      queries: [
        { name: "last five minutes", template: "_time:5m error", weight: 30, category: "search" },
        { name: CHECKOUT, template: 'app:="checkout" level:!="<none>"', weight: 9, category: "search" },
      ],
    },
  },
  seed: 42,
  schedule_hash: "5f1d9a7c3b2e48609d1c7f3a5b6e2d40",
  versions: { logburst: "0.1.0", node: "v20.18.1", nats_server: "2.10.27" },
};

function error(query: string, kind: "timeout" | "connect" | "http_4xx", detail: string, atMs: number) {
  const message = kind === "http_4xx" ? 'cannot parse query: unexpected token "<"' : detail;
  const samples = [{ at_ms: atMs, node_id: "worker-b", message, request: REQUEST }];
  return { query, class: kind, detail, count: 1, first_ms: atMs, last_ms: atMs, samples };
}

function reason(state: "lost" | "missed", query: string, count: number, slices: string[], node: string) {
  const why = state === "lost" ? ("worker_died" as const) : ("came_too_late" as const);
  return { state, reason: why, query, count, slices, slices_more: 0, nodes: [node] };
}
