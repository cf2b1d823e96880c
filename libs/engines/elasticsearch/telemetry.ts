/** How the nodes of Elasticsearch or OpenSearch do, in the words of their own statistics. */

import { z } from "zod";
import type { OpenOptions, Telemetry, Told } from "../engine.ts";
import { authHeader } from "../http/auth.ts";
import { openHttp } from "../http/session.ts";

const STATS = "/_nodes/stats/process,jvm,thread_pool,indices";

const Num = z.number().catch(0);
const Node = z.object({
  process: z.object({ cpu: z.object({ total_in_millis: Num }) }).optional(),
  jvm: z.object({ mem: z.object({ heap_used_in_bytes: Num }) }).optional(),
  thread_pool: z.object({ search: z.object({ active: Num, threads: Num, rejected: Num }) }).optional(),
  indices: z.object({ search: z.object({ query_total: Num, query_time_in_millis: Num }) }).optional(),
});
const NodeStats = z.object({ nodes: z.record(z.string(), Node) });

/** @param options whose target is the page that a config names, or /metrics, which these servers do not have */
export function openTelemetry(options: OpenOptions): Telemetry {
  const { target, resolveSecret } = options;
  const { session, prefix, ask } = openHttp(options);
  const headers = [...Object.entries(target.headers).flat(), ...authHeader(target.auth, resolveSecret)];
  const path = `${prefix.replace(/\/metrics$/, "")}${STATS}`;
  return {
    async ask() {
      const { outcome, detail, text } = await ask({ path, headers });
      if (outcome === "ok") return readStats(text);
      return { failure: `${outcome} ${detail}`, isFinal: outcome === "http_4xx" };
    },
    close: session.close,
  };
}

/** What all nodes together say; memory is what Java has of it. */
function readStats(text: string): Told {
  const nodes = nodesIn(text);
  if (!nodes) return { failure: "the answer has no statistics of nodes", isFinal: true };
  const sum = (of: (node: z.infer<typeof Node>) => number | undefined) =>
    nodes.reduce((total, node) => total + Math.max(0, of(node) ?? 0), 0);
  return {
    values: {
      cpu_s: sum(({ process }) => process?.cpu.total_in_millis) / 1000,
      rss_bytes: sum(({ jvm }) => jvm?.mem.heap_used_in_bytes),
      executing: sum(({ thread_pool: pool }) => pool?.search.active),
      places: sum(({ thread_pool: pool }) => pool?.search.threads),
      wait_timeouts: sum(({ thread_pool: pool }) => pool?.search.rejected),
      queries: sum(({ indices }) => indices?.search.query_total),
      timed: sum(({ indices }) => indices?.search.query_total),
      executing_s: sum(({ indices }) => indices?.search.query_time_in_millis) / 1000,
    },
    identity: { version: "", flags: {} },
  };
}

function nodesIn(text: string): z.infer<typeof Node>[] | undefined {
  try {
    return Object.values(NodeStats.parse(JSON.parse(text)).nodes);
  } catch {
    return undefined;
  }
}
