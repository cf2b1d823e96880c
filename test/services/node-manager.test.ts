/** The workers that are there: from their heartbeats, and from how long they have been silent. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { HEARTBEAT_INTERVAL_MS, type Heartbeat, NODE_TIMEOUT_MS } from "../../libs/protocol/node.ts";
import { createNodeManager } from "../../services/coordinator/nodes/node-manager.ts";
import { manualClock } from "../support/manual-clock.ts";

function heartbeatOf(node: string, change: Partial<Heartbeat> = {}): Heartbeat {
  return {
    v: 1,
    node_id: node,
    pool: "default",
    pid: 1,
    host: "host",
    version: "1",
    started_ms: 0,
    sent_ms: 0,
    draining: false,
    slots: 4,
    slots_busy: 0,
    in_flight: 0,
    mustered: {},
    held: {},
    cpu_cores: 0.1,
    rss_mb: 50,
    loop_delay_p99_ms: 1,
    lag_p99_ms: 0,
    clock_offset_ms: 0,
    clock_error_ms: 0.1,
    capabilities: {
      max_concurrent_queries: 10,
      supported_query_types: [],
      resources: { cpu_cores: 1, memory_mb: 100 },
    },
    ...change,
  };
}

/** A manager that is swept as often as the leader does it. */
function managerOfTest() {
  const clock = manualClock();
  const heard: string[] = [];
  const nodes = createNodeManager(clock, {
    joined: ({ node_id: id }) => heard.push(`joined ${id}`),
    lost: ({ node_id: id }) => heard.push(`lost ${id}`),
  });
  clock.every(50, nodes.sweep);
  const stateOf = (id: string) => nodes.statuses().find(({ node_id: node }) => node === id)?.status;
  return { clock, heard, nodes, stateOf };
}

const STATES: readonly (readonly [
  name: string,
  change: Partial<Heartbeat>,
  alive: string,
  silent: string,
])[] = [
  ["an idle worker is active, and offline when it falls silent", {}, "active", "offline"],
  [
    "one with free slots is active, and has failed when it falls silent over its work",
    { slots_busy: 3 },
    "active",
    "failed",
  ],
  ["one without free slots is busy", { slots_busy: 4 }, "busy", "failed"],
  ["one that shed slots below what it holds is busy", { slots: 1, slots_busy: 3 }, "busy", "failed"],
  [
    "one that leaves is draining, and offline when it is gone",
    { draining: true, slots_busy: 2 },
    "draining",
    "offline",
  ],
];
for (const [name, change, alive, silent] of STATES) {
  test(`states: ${name}`, () => {
    const { clock, nodes, stateOf } = managerOfTest();
    nodes.hear(heartbeatOf("a", change));
    assert.equal(stateOf("a"), alive);
    clock.advance(NODE_TIMEOUT_MS + 100);
    assert.equal(stateOf("a"), silent);
  });
}

test("a worker that dies right after a heartbeat is known as gone within three seconds", () => {
  const { clock, heard, nodes, stateOf } = managerOfTest();
  nodes.hear(heartbeatOf("a"));
  clock.advance(2000);
  assert.equal(stateOf("a"), "active", "two lost heartbeats are no death");
  clock.advance(1000);
  assert.equal(stateOf("a"), "offline");
  assert.deepEqual(heard, ["joined a", "lost a"]);
});

test("a worker whose heartbeats come, some of them late, is never given up", () => {
  const { clock, heard, nodes } = managerOfTest();
  for (let beat = 0; beat < 100; beat++) {
    nodes.hear(heartbeatOf("a"));
    clock.advance(HEARTBEAT_INTERVAL_MS + (beat % 3) * 800);
  }
  assert.deepEqual(heard, ["joined a"]);
});

test("a worker that comes back, and one that was started anew under its name, have joined again", () => {
  const { clock, heard, nodes } = managerOfTest();
  nodes.hear(heartbeatOf("a"));
  clock.advance(4000);
  nodes.hear(heartbeatOf("a"));
  nodes.hear(heartbeatOf("a", { started_ms: 5000 }));
  assert.deepEqual(heard, ["joined a", "lost a", "joined a", "joined a"]);
});

test("the fleet's medians are those of its living workers; of two the better one counts", () => {
  const { clock, nodes } = managerOfTest();
  assert.deepEqual(nodes.fleet("default"), { workers: 0, loop_delay_p99_ms: 0, lag_p99_ms: 0 });
  nodes.hear(heartbeatOf("dead", { loop_delay_p99_ms: 900 }));
  clock.advance(4000);
  nodes.hear(heartbeatOf("a", { loop_delay_p99_ms: 4, lag_p99_ms: 70 }));
  nodes.hear(heartbeatOf("b", { loop_delay_p99_ms: 90, lag_p99_ms: 3 }));
  nodes.hear(heartbeatOf("leaving", { loop_delay_p99_ms: 1, draining: true }));
  nodes.hear(heartbeatOf("elsewhere", { loop_delay_p99_ms: 1, pool: "other" }));
  assert.deepEqual(nodes.fleet("default"), { workers: 2, loop_delay_p99_ms: 4, lag_p99_ms: 3 });
  nodes.hear(heartbeatOf("c", { loop_delay_p99_ms: 10, lag_p99_ms: 5 }));
  assert.deepEqual(nodes.fleet("default"), { workers: 3, loop_delay_p99_ms: 10, lag_p99_ms: 5 });
});

test("a worker that says what keeps it from its work, or from that of one run, is quoted", () => {
  const { nodes } = managerOfTest();
  nodes.hear(heartbeatOf("a", { problems: { two: "its target is of version 3.5" } }));
  assert.equal(nodes.problem("default", "one"), undefined);
  assert.equal(nodes.problem("default", "two"), "its target is of version 3.5");
  nodes.hear(heartbeatOf("b", { problem: "the leader's clock is not known yet" }));
  assert.equal(nodes.problem("default", "one"), "the leader's clock is not known yet");
  assert.equal(nodes.problem("other", "two"), undefined);
});

test("who leads without having heard the leader before takes the reference clock from the workers", () => {
  const clock = manualClock(50_000);
  const nodes = createNodeManager(clock, { joined: () => undefined, lost: () => undefined });
  nodes.hear(heartbeatOf("new", { sent_ms: 99_000, clock_error_ms: 0 }));
  assert.equal(nodes.referenceOffsetMs(), undefined, "it has measured nothing");
  // The reference is 700 ms ahead of this process; one heartbeat was 30 ms under way, the other 4 ms.
  nodes.hear(heartbeatOf("slow", { sent_ms: 50_670, clock_error_ms: 0.2 }));
  nodes.hear(heartbeatOf("fast", { sent_ms: 50_696, clock_error_ms: 0.2 }));
  assert.equal(nodes.referenceOffsetMs(), 696);
});
