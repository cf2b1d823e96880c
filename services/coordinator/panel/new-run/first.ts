/** What a form begins with: a small config that holds. */

export const FIRST = {
  apiVersion: "benchmark.victorialogs.io/v1",
  kind: "BenchmarkConfig",
  metadata: { name: "first" },
  spec: {
    target: { url: "http://127.0.0.1:9428" },
    workload: { model: "open", target_qps: 10, duration: "1m" },
    queries: [{ name: "errors", template: "level:error", time_range: { last: "15m" } }],
    thresholds: ["error_rate < 1%"],
  },
};
