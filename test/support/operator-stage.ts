/** An operator against a Kubernetes API over HTTPS, with verbs of a coordinator that keep runs and do nothing else. */

import { after, afterEach, before, beforeEach } from "node:test";
import { connectCluster } from "../../libs/cluster/client.ts";
import type { Cluster } from "../../libs/cluster/cluster.ts";
import { BenchmarkObject } from "../../libs/protocol/benchmark-object.ts";
import { ConfigProblems } from "../../libs/protocol/config/problems.ts";
import { LogburstError } from "../../libs/protocol/errors.ts";
import type { RunRecord } from "../../libs/protocol/run.ts";
import type { SeriesRecord } from "../../libs/protocol/series.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { readSubmitted } from "../../services/coordinator/api/intake.ts";
import {
  type Operator,
  type OperatorParts,
  startOperator,
} from "../../services/coordinator/operator/operator.ts";
import { eventually } from "./eventually.ts";
import { type Kubernetes, startKubernetes } from "./kubernetes/api.ts";

/** Stands in each config. */
export const SECRET = "planted-inline-token";

export function manifest(name: string, more: object = {}): Record<string, unknown> {
  return {
    apiVersion: "benchmark.victorialogs.io/v1",
    kind: "BenchmarkConfig",
    metadata: { name, labels: { team: "search" } },
    spec: {
      target: { url: "http://127.0.0.1:9", auth: { type: "bearer", token: SECRET } },
      workload: { model: "open", target_qps: 5, duration: "10s" },
      queries: [{ name: "all", template: "*" }],
      ...more,
    },
  };
}

/** Coordinators' verbs, as far as the operator asks for them: they keep runs, and make each key one run. */
function createRuns() {
  const runs = new Map<string, RunRecord>();
  const keys = new Map<string, string>();
  const calls: string[] = [];
  const known = (id: string): RunRecord => {
    const run = runs.get(id);
    if (!run) throw new LogburstError("not_found", `there is no run ${id}`);
    return run;
  };
  const change = (id: string, fields: Partial<RunRecord>): RunRecord => {
    const run = { ...known(id), ...fields };
    runs.set(id, run);
    return run;
  };
  const verbs: OperatorParts["verbs"] = {
    async "run.create"({ config, idempotency_key: key = "" }, { name, via }) {
      const { config: read } = readSubmitted(config);
      if (made.isFull) throw new LogburstError("caps_reached", "live runs leave no room");
      const id = keys.get(key) ?? `${read.metadata.name}-${runs.size + 1}`;
      if (keys.has(key)) return known(id);
      keys.set(key, id);
      calls.push(`create ${id} by ${name} over ${via}`);
      runs.set(id, { ...RECORD, id, name: read.metadata.name, labels: read.metadata.labels ?? {} });
      return known(id);
    },
    "run.get": async ({ id }) => known(id),
    async "run.apply"({ id, config }) {
      const { spec } = readSubmitted(config).config;
      calls.push(`apply ${id} ${spec.workload.target_qps}`);
      if (spec.seed !== undefined)
        throw new ConfigProblems([
          { path: "spec.seed", message: "cannot be changed while the run runs", remedy: "leave it as it is" },
        ]);
      return known(id);
    },
    async "run.stop"({ id }) {
      calls.push(`stop ${id}`);
      return change(id, { phase: "draining" });
    },
    async "series.get"({ id }) {
      const series = made.series.get(id);
      if (series) return series;
      throw new LogburstError("not_found", id);
    },
    "series.stop": async ({ id }) => Promise.reject(new LogburstError("not_found", id)),
  };
  const made = { runs, calls, change, verbs, series: new Map<string, SeriesRecord>(), isFull: false };
  return made;
}

const RECORD: RunRecord = {
  ...{
    v: 1,
    id: "",
    name: "",
    model: "open",
    phase: "requested",
    epoch: 1,
    revision: 1,
    changes: [],
    seed: 1,
  },
  ...{
    schedule_hash: "",
    created_ms: 1,
    slots_needed: 1,
    duration_ms: 10_000,
    verdict_reasons: [],
    labels: {},
  },
  warnings: [],
};

export function seriesOf(id: string, run: string): SeriesRecord {
  return {
    ...{ v: 1, id, name: "series", kind: "repeat", phase: "running", created_ms: 1, seed: 1 },
    ...{
      current: { run_id: run, created_ms: 1, tail: 0, stage: "repeat", load: null },
      steps: [],
      result: null,
    },
  };
}

/** What the tests of a file share: one API, and for each test runs and operators of its own. */
export interface OperatorStage {
  readonly kubernetes: Kubernetes;
  readonly runs: ReturnType<typeof createRuns>;
  readonly operators: Operator[];
  /** Whether the operator's coordinator leads. */
  leads: boolean;
  operate(): void;
  /** An object as it is, once its status says what is waited for. */
  untilStatus(
    name: string,
    is: (status: NonNullable<BenchmarkObject["status"]>) => boolean,
  ): Promise<BenchmarkObject>;
}

export function operatorStage(): OperatorStage {
  let kubernetes: Kubernetes;
  let cluster: Cluster;
  let runs = createRuns();
  const operators: Operator[] = [];
  before(async () => {
    kubernetes = await startKubernetes();
    process.env.KUBECONFIG = kubernetes.kubeconfig;
    cluster = await connectCluster();
  });
  after(() => kubernetes[Symbol.asyncDispose]());
  beforeEach(() => {
    runs = createRuns();
    stage.leads = true;
  });
  afterEach(() => {
    for (const operator of operators.splice(0)) operator.close();
    kubernetes.dropWatches();
  });
  const stage: OperatorStage = {
    get kubernetes() {
      return kubernetes;
    },
    get runs() {
      return runs;
    },
    operators,
    leads: true,
    operate() {
      const log = createLog("coordinator", "test", "silent");
      const parts = { cluster, verbs: runs.verbs, reports: "lb_reports", clock: systemClock, log };
      operators.push(startOperator({ ...parts, holds: () => stage.leads }));
    },
    untilStatus: (name, is) =>
      eventually(`the status of ${name}`, () => {
        const object = BenchmarkObject.parse(kubernetes.store.get(name));
        return object.status && is(object.status) ? object : undefined;
      }),
  };
  return stage;
}

export const conditionOf = (object: BenchmarkObject, type: string) =>
  object.status?.conditions?.find((condition) => condition.type === type);
