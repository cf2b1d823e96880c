/** Log lines as a Kubernetes cluster writes them, made from a seed: streams, levels, JSON fields, trace ids. */

import { below, type Random, randomFor } from "../../../libs/load/random.ts";

/** Marks the demo's lines among others on the same server. */
export const DEMO_JOB = "logburst-demo";
/** Fields that make a stream. */
export const STREAM_FIELDS = ["job", "namespace", "app", "pod", "container"] as const;

/** The lines' own key among the streams of random numbers. */
const PURPOSE_LOG_LINES = 100;

interface App {
  readonly namespace: string;
  readonly name: string;
  readonly pods: number;
  readonly write: (random: Random) => Record<string, string | number>;
}

const APPS: readonly App[] = [
  { namespace: "shop", name: "frontend", pods: 6, write: access },
  { namespace: "shop", name: "checkout", pods: 4, write: service("checkout") },
  { namespace: "shop", name: "payment", pods: 3, write: service("payment") },
  { namespace: "shop", name: "recommendation", pods: 5, write: service("recommendation") },
  { namespace: "data", name: "indexer", pods: 4, write: worker },
  { namespace: "data", name: "exporter", pods: 2, write: worker },
  { namespace: "platform", name: "ingress", pods: 3, write: access },
  { namespace: "platform", name: "auth", pods: 2, write: service("auth") },
];

const PATHS = [
  "/",
  "/api/cart",
  "/api/orders",
  "/api/items",
  "/api/search",
  "/healthz",
  "/login",
  "/static/app.js",
];
const METHODS = ["GET", "GET", "GET", "GET", "POST", "PUT", "DELETE"];

/** Line `index` of the seed's lines, written at a time. The same seed and index give the same line at any time. */
export function logLine(seed: number, index: number, timeMs: number): Record<string, string | number> {
  const random = randomFor(seed, PURPOSE_LOG_LINES, index);
  const app = APPS[below(random, APPS.length)] as App;
  const pod = below(random, app.pods);
  return {
    _time: new Date(timeMs).toISOString(),
    job: DEMO_JOB,
    namespace: app.namespace,
    app: app.name,
    pod: `${app.name}-${(pod * 7919 + 4242).toString(36)}-${pod}`,
    container: app.name,
    node: `node-${1 + below(random, 12)}`,
    trace_id: hex(random, 32),
    ...app.write(random),
  };
}

function access(random: Random): Record<string, string | number> {
  const path = pick(random, PATHS);
  const method = pick(random, METHODS);
  const status = random() < 0.93 ? 200 : pick(random, [301, 400, 401, 404, 404, 429, 500, 502, 503]);
  const durationMs = latency(random, 12);
  const bytes = 200 + below(random, 40_000);
  const address = `10.${below(random, 4)}.${below(random, 256)}.${below(random, 256)}`;
  return {
    _msg: `${address} - - "${method} ${path} HTTP/1.1" ${status} ${bytes} ${durationMs}ms`,
    level: status >= 500 ? "error" : status >= 400 ? "warn" : "info",
    method,
    path,
    status,
    duration_ms: durationMs,
    bytes,
    remote_addr: address,
  };
}

const TROUBLES = [
  "connection refused while calling upstream",
  "context deadline exceeded",
  "could not acquire a connection from the pool",
  "optimistic lock failed, will retry",
  "unexpected end of JSON input",
];

function service(name: string): App["write"] {
  return (random) => {
    const luck = random();
    const level = luck < 0.04 ? "error" : luck < 0.1 ? "warn" : luck < 0.4 ? "debug" : "info";
    const user = `user-${below(random, 5000)}`;
    const durationMs = latency(random, 40);
    const order = below(random, 1_000_000);
    const message =
      level === "error" || level === "warn"
        ? `${pick(random, TROUBLES)}: ${name} order=${order} attempt=${1 + below(random, 3)}`
        : `${name} handled request order=${order} user=${user} in ${durationMs}ms`;
    return { _msg: message, level, user_id: user, order_id: order, duration_ms: durationMs };
  };
}

function worker(random: Random): Record<string, string | number> {
  const luck = random();
  const level = luck < 0.02 ? "error" : luck < 0.06 ? "warn" : "info";
  const shard = below(random, 32);
  const rows = below(random, 20_000);
  const durationMs = latency(random, 150);
  const message =
    level === "error"
      ? `batch failed: ${pick(random, TROUBLES)} shard=${shard}`
      : `{"event":"batch","shard":${shard},"rows":${rows},"took_ms":${durationMs}}`;
  return { _msg: message, level, shard, rows, duration_ms: durationMs };
}

/** A skewed latency in whole milliseconds: most near the median, some far above. */
function latency(random: Random, medianMs: number): number {
  const spread = random() + random() + random() - 1.5;
  return Math.max(1, Math.round(medianMs * Math.exp(spread * 1.6)));
}

function hex(random: Random, digits: number): string {
  return Array.from({ length: digits }, () => below(random, 16).toString(16)).join("");
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[below(random, values.length)] as T;
}
