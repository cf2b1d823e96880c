/** What a cluster is told to run one benchmark on workers of its own: pure, from the manifest of workers that come and go. */

import { BENCHMARK_RESOURCE } from "../../../libs/protocol/benchmark-object.ts";
import { API_VERSION, type ConfigDocument } from "../../../libs/protocol/config/schema.ts";
import type { HostAlias } from "../../../libs/protocol/config/target.ts";
import { DEFAULT_PREFIX, namesFor } from "../../../libs/protocol/names.ts";

/** As YAML was read; only what is changed has a shape here. */
type Json = Record<string, unknown>;

/** The committed ScaledJob, as far as it is changed. */
export interface WorkerTemplate {
  readonly metadata: Json & { readonly labels: Readonly<Record<string, string>> };
  readonly spec: Json & {
    readonly jobTargetRef: Json & { readonly template: PodTemplate };
    readonly triggers: readonly {
      readonly type: string;
      readonly metadata: Readonly<Record<string, string>>;
    }[];
  };
}

interface PodTemplate {
  readonly metadata: Json & { readonly labels: Readonly<Record<string, string>> };
  readonly spec: Json & { readonly containers: readonly Container[]; readonly volumes: readonly Volume[] };
}

type Container = Json & { readonly env: readonly { readonly name: string; readonly value?: string }[] };
type Volume = Json & { readonly name: string };

export interface RenderWish {
  /** As it is submitted; nothing of it is secret. */
  readonly document: ConfigDocument;
  /** Slots that its run needs. */
  readonly slots: number;
  /** Settings of the workers, as they are mounted. */
  readonly settings: string;
  /** Jobs that come with the queue, in place of a Job that is there from the start. */
  readonly scaled: boolean;
  readonly image?: string | undefined;
  readonly namespace?: string | undefined;
}

const POOL_LABEL = `${BENCHMARK_RESOURCE.group}/pool`;
const MAX_NAME_CHARS = 40;

/** The objects, in the order in which they are applied: what is mounted, the workers, the run. */
export function renderRun(template: WorkerTemplate, wish: RenderWish): object[] {
  const { document, settings, namespace } = wish;
  const name = dnsNameOf(document.metadata.name);
  const given = document.spec.workers?.pool;
  const pool = given === undefined || given === "default" ? name.slice(0, 32) : given;
  const place = { ...(namespace !== undefined && { namespace }) };
  const labels = { ...template.metadata.labels, [POOL_LABEL]: pool };
  const start = `${name}-start`;
  const { apiVersion: _apiVersion, kind: _kind, metadata, spec } = document;
  return [
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: start, ...place, labels },
      data: { "settings.yaml": settings },
    },
    workersOf(template, wish, pool, start, { name: `${name}-workers`, ...place, labels }),
    {
      apiVersion: API_VERSION,
      kind: BENCHMARK_RESOURCE.kind,
      metadata: { name, ...place, ...(metadata.labels && { labels: metadata.labels }) },
      spec: { ...spec, workers: { ...spec.workers, pool } },
    },
  ];
}

function workersOf(
  { spec }: WorkerTemplate,
  wish: RenderWish,
  pool: string,
  start: string,
  metadata: Json,
): Json {
  const { jobTargetRef, triggers } = spec;
  const job = { ...jobTargetRef, template: podOf(jobTargetRef.template, wish, pool, start) };
  if (wish.scaled) {
    const consumer = namesFor(DEFAULT_PREFIX).consumers.workers(pool);
    const watched = triggers.map((trigger) => ({ ...trigger, metadata: { ...trigger.metadata, consumer } }));
    return {
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledJob",
      metadata,
      spec: { ...spec, jobTargetRef: job, triggers: watched },
    };
  }
  const slotsOfOne = Number(triggers[0]?.metadata.lagThreshold);
  const workers = wish.document.spec.workers?.replicas ?? Math.max(1, Math.ceil(wish.slots / slotsOfOne));
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata,
    spec: { ...job, parallelism: workers, completions: workers },
  };
}

function podOf({ metadata, spec }: PodTemplate, wish: RenderWish, pool: string, start: string): object {
  const { image, document } = wish;
  const aliases = aliasesIn(document);
  const { resources } = document.spec.workers ?? {};
  return {
    metadata: { ...metadata, labels: { ...metadata.labels, [POOL_LABEL]: pool } },
    spec: {
      ...spec,
      ...(aliases.length > 0 && { hostAliases: aliases }),
      containers: spec.containers.map((container) => ({
        ...container,
        ...(image !== undefined && { image }),
        ...(resources && { resources }),
        env: container.env.map((entry) =>
          entry.name === "LOGBURST_POOL" ? { name: entry.name, value: pool } : entry,
        ),
      })),
      volumes: spec.volumes.map((volume) =>
        volume.name === "settings" ? { name: volume.name, configMap: { name: start } } : volume,
      ),
    },
  };
}

/** Those of both targets, where there are two. */
function aliasesIn({ spec: { target, targets } }: ConfigDocument): HostAlias[] {
  return [target, targets?.a, targets?.b].flatMap((one) => one?.host_aliases ?? []);
}

/** A name that objects of a cluster may have. */
function dnsNameOf(name: string): string {
  const dns = name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return dns.slice(0, MAX_NAME_CHARS).replace(/^-+|-+$/g, "") || "benchmark";
}
