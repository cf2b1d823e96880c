/** What a page of VictoriaLogs says of the server: figures by their words, the flags that were set, and no secret. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { scanMetrics } from "../../libs/engines/http/metrics-scan.ts";
import { readServer } from "../../libs/engines/victorialogs/telemetry.ts";
import { ServerIdentity, ServerValues } from "../../libs/protocol/server.ts";

function readPage(...lines: string[]) {
  const page = Buffer.from(`${lines.join("\n")}\n`);
  const scan = scanMetrics(
    () => true,
    () => undefined,
  );
  scan.push(page, 0, page.length);
  return readServer(scan.metrics());
}

const PAGE = [
  "process_cpu_seconds_total 12.5",
  "process_cpu_cores_available 2",
  "process_resident_memory_bytes 11501568",
  "process_start_time_seconds 1795280739",
  "vl_concurrent_select_capacity 2",
  "vl_concurrent_select_current 1",
  "vl_concurrent_select_limit_reached_total 30",
  "vl_concurrent_select_limit_timeout_total 4",
  'vl_http_requests_total{path="/select/logsql/query"} 100',
  'vl_http_requests_total{path="/select/logsql/hits"} 20',
  'vl_http_requests_total{path="/select/logsql/tail"} 3',
  'vl_http_requests_total{path="/internal/select/query"} 5',
  'vl_http_requests_total{path="/insert/jsonline"} 7000',
  'vl_http_errors_total{path="/select/logsql/query"} 6',
  'vl_http_request_duration_seconds{path="/select/logsql/query",quantile="0.99"} 9',
  'vl_http_request_duration_seconds_sum{path="/select/logsql/query"} 2.5',
  'vl_http_request_duration_seconds_count{path="/select/logsql/query"} 100',
  'vl_active_merges{type="storage/small"} 1',
  'vl_active_merges{type="storage/big"} 2',
  'vl_merges_total{type="storage/small"} 11',
  'vm_app_version{version="victoria-logs-20260101-v1.50.0",short_version="v1.50.0"} 1',
  'flag{name="search.maxConcurrentRequests", value="2", is_set="true"} 1',
  'flag{name="loggerLevel", value="INFO", is_set="false"} 1',
  'flag{name="httpAuth.password", value="hunter2", is_set="true"} 1',
  'flag{name="storageNode", value="http://root:hunter2@vlstorage:9491", is_set="true"} 1',
  "go_goroutines 9",
];

test("figures come in words that no engine owns; of requests only those that query count, and no tail", () => {
  const told = readPage(...PAGE);
  assert.ok("values" in told);
  assert.deepEqual(told.values, {
    cpu_s: 12.5,
    cores: 2,
    rss_bytes: 11_501_568,
    started_s: 1_795_280_739,
    places: 2,
    executing: 1,
    waits: 30,
    wait_timeouts: 4,
    queries: 125,
    errors: 6,
    executing_s: 2.5,
    timed: 100,
    merging: 3,
    merges: 11,
  });
  assert.deepEqual(ServerValues.parse(told.values), told.values);
});

test("the version and the flags that somebody set are told, and no secret with them", () => {
  const told = readPage(...PAGE);
  assert.ok("identity" in told);
  assert.deepEqual(told.identity, {
    version: "v1.50.0",
    flags: {
      "search.maxConcurrentRequests": "2",
      "httpAuth.password": "(hidden)",
      storageNode: "http://vlstorage:9491",
    },
  });
  assert.ok(!JSON.stringify(told).includes("hunter2"));
});

test("what a server says without end is cut, and still fits into the log", () => {
  const flags = Array.from(
    { length: 500 },
    (_, index) => `flag{name="f${index}${"n".repeat(300)}", value="${"v".repeat(900)}", is_set="true"} 1`,
  );
  const told = readPage("vl_partitions 1", `vm_app_version{version="${"x".repeat(900)}"} 1`, ...flags);
  assert.ok("identity" in told);
  assert.ok(ServerIdentity.safeParse(told.identity).success);
  assert.equal(Object.keys(told.identity.flags).length, 60);
});

test("another program's page is not taken for the server's", () => {
  const told = readPage(
    "process_cpu_seconds_total 5",
    'vm_app_version{version="vmauth-v1.100"} 1',
    "constructor 1",
  );
  assert.deepEqual(told, { failure: "the page has no metrics of VictoriaLogs", isFinal: true });
});
