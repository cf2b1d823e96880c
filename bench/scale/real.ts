/** One closed run on so many real workers, as fast as they can ask, and what each part of the system used for it. */

import { systemClock } from "../../libs/runtime/clock.ts";
import { benchmark, startSystem } from "../../test/support/system.ts";
import { childrenOf, useOf } from "../support/processes.ts";
import { startCheapTarget } from "../support/target.ts";

export interface Scaled {
  readonly perSecond: number;
  /** CPU milliseconds of all workers together per thousand queries; then of coordinator, aggregator and NATS together. */
  readonly workersMs: number;
  readonly othersMs: number;
  readonly isBalanced: boolean;
}

const DURATION_S = 8;
const USERS_PER_WORKER = 32;

export async function measureReal(workers: number): Promise<Scaled> {
  await using target = await startCheapTarget();
  await using system = await startSystem({ workers });
  const { children } = system.stack;
  const cpuS = (isWorker: boolean) =>
    children
      .filter(({ name }) => name.startsWith("worker") === isWorker)
      // A server that is not ours stands behind a guard, which uses nothing itself.
      .flatMap(({ name, pid }) => (name === "nats-server" ? childrenOf(pid) : [pid]))
      .reduce((sum, pid) => sum + (useOf(pid)?.cpuS ?? 0), 0);
  const before = { workers: cpuS(true), others: cpuS(false) };
  const sinceMs = systemClock.nowMs();
  const workload = { total_concurrent_users: workers * USERS_PER_WORKER, duration: DURATION_S };
  const { report } = await system.run(
    benchmark(target.url, { workload, queries: [{ name: "all", template: "*" }] }),
  );
  const thousands = report.ledger.ok / 1000;
  const tookMs = report.duration_ms || systemClock.nowMs() - sinceMs;
  const answered = report.ledger.ok + report.ledger.failed + report.ledger.timed_out;
  return {
    perSecond: (report.ledger.ok / tookMs) * 1000,
    workersMs: ((cpuS(true) - before.workers) * 1000) / thousands,
    othersMs: ((cpuS(false) - before.others) * 1000) / thousands,
    isBalanced: (await target.count()) === answered,
  };
}
