/** A cluster through its API. The client library is loaded only where one is asked for: it is larger than all the rest. */

import type { ApiException, CoreV1Api, CustomObjectsApi, KubeConfig, Watch } from "@kubernetes/client-node";
import { z } from "zod";
import { BENCHMARK_RESOURCE, BenchmarkObject } from "../protocol/benchmark-object.ts";
import { parseObject } from "../protocol/door.ts";
import { LogburstError, messageOf } from "../protocol/errors.ts";
import { type Cluster, ClusterError, type WatchEnd, type WatchEvent, type Watching } from "./cluster.ts";
import { podEventsOf, podStateOf } from "./pods.ts";

type Library = typeof import("@kubernetes/client-node");

/** The server ends a watch after this, so that one whose link is dead is not trusted for ever. */
const WATCH_S = 240;
/** Then it has ended, whatever the link says. */
const WATCH_LIMIT_MS = (WATCH_S + 30) * 1000;
/** More objects and Pods of one namespace are not looked at. */
const MAX_LISTED = 1000;
const MAX_LOG_BYTES = 512 * 1024;
const OWN_PODS = "app.kubernetes.io/part-of=logburst";

interface Parts {
  readonly library: Library;
  readonly config: KubeConfig;
  readonly custom: CustomObjectsApi;
  readonly core: CoreV1Api;
  readonly namespace: string;
}

/**
 * Finds the cluster as kubectl does: by KUBECONFIG, the user's file, or the service account of the Pod.
 * @param namespace the one that these name, where it is not given
 */
export async function connectCluster(namespace?: string): Promise<Cluster> {
  const library = await import("@kubernetes/client-node");
  const config = new library.KubeConfig();
  try {
    config.loadFromDefault();
  } catch (cause) {
    throw new LogburstError("bad_config", `the Kubernetes API is not found: ${messageOf(cause)}`, {
      remedies: ["correct KUBECONFIG, or set LOGBURST_KUBERNETES=off"],
      cause,
    });
  }
  const context = config.getContextObject(config.getCurrentContext());
  return clusterOf({
    ...{ library, config },
    custom: config.makeApiClient(library.CustomObjectsApi),
    core: config.makeApiClient(library.CoreV1Api),
    namespace: namespace ?? context?.namespace ?? "default",
  });
}

function clusterOf(parts: Parts): Cluster {
  const { library, config, custom, core, namespace } = parts;
  const { group, version, plural } = BENCHMARK_RESOURCE;
  const place = { group, version, plural, namespace };
  return {
    namespace,
    async list() {
      const answer = await asked(() => custom.listNamespacedCustomObject({ ...place, limit: MAX_LISTED }));
      const { items, metadata } = parsed(ObjectList, answer);
      return { objects: items.flatMap(objectOf), resourceVersion: metadata.resourceVersion };
    },
    watch: (resourceVersion, hear) => watch(new library.Watch(config), namespace, resourceVersion, hear),
    async setFinalizers({ metadata: { name, resourceVersion } }, finalizers) {
      const patch = library.setHeaderOptions("Content-Type", library.PatchStrategy.MergePatch);
      const body = { metadata: { resourceVersion, finalizers } };
      return written(() => custom.patchNamespacedCustomObject({ ...place, name, body }, patch));
    },
    setStatus(object, status) {
      const { group: itsGroup, version: itsVersion, kind } = BENCHMARK_RESOURCE;
      const body = { apiVersion: `${itsGroup}/${itsVersion}`, kind, ...object, status };
      const { name } = object.metadata;
      return written(() => custom.replaceNamespacedCustomObjectStatus({ ...place, name, body }));
    },
    async pods() {
      const wish = { namespace, labelSelector: OWN_PODS, limit: MAX_LISTED };
      return (await asked(() => core.listNamespacedPod(wish))).items.map(podStateOf);
    },
    async podEvents(pod) {
      const wish = { namespace, fieldSelector: `involvedObject.name=${pod}`, limit: MAX_LISTED };
      return podEventsOf((await asked(() => core.listNamespacedEvent(wish))).items);
    },
    async podLog(pod, { lines, previous }) {
      const wish = { namespace, name: pod, tailLines: lines, previous, limitBytes: MAX_LOG_BYTES };
      return (await asked(() => core.readNamespacedPodLog(wish))) ?? "";
    },
  };
}

const ObjectList = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  items: z.array(z.unknown()),
});

/** None where it is no object of ours, whatever the API says. */
function objectOf(item: unknown): BenchmarkObject[] {
  const read = parseObject(BenchmarkObject, item);
  return read.ok ? [read.value] : [];
}

function parsed<T>(schema: z.ZodType<T>, answer: unknown): T {
  const read = parseObject(schema, answer);
  if (read.ok) return read.value;
  throw new ClusterError(500, `the Kubernetes API's answer ${read.reason}`);
}

async function written(write: () => Promise<unknown>): Promise<BenchmarkObject> {
  return parsed(BenchmarkObject, await asked(write));
}

/** @throws ClusterError with the API's own words, and nothing of what was sent */
async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    const { code, body } = cause as Partial<ApiException<unknown>>;
    if (typeof code !== "number") throw new ClusterError(0, messageOf(cause), cause);
    throw new ClusterError(code, `${code}: ${wordsOf(body)}`);
  }
}

const Status = z.object({ message: z.string() });

function wordsOf(body: unknown): string {
  const json = typeof body === "string" ? safeJson(body) : body;
  const status = parseObject(Status, json);
  return status.ok ? status.value.message.slice(0, 300) : "the Kubernetes API refused it";
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function watch(
  by: Watch,
  namespace: string,
  resourceVersion: string,
  hear: (event: WatchEvent) => void,
): Watching {
  const { group, version, plural } = BENCHMARK_RESOURCE;
  const path = `/apis/${group}/${version}/namespaces/${namespace}/${plural}`;
  const wish = { resourceVersion, allowWatchBookmarks: true, timeoutSeconds: WATCH_S };
  let finish: (end: WatchEnd) => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  const ended = new Promise<WatchEnd>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });

  function take(type: string, object: unknown): void {
    if (type === "ERROR") {
      const { code = 0 } = object as { code?: number };
      if (code === 410) finish("expired");
      else fail(new ClusterError(code, `${code}: ${wordsOf(object)}`));
    } else if (type === "BOOKMARK") {
      const version = (object as { metadata?: { resourceVersion?: string } }).metadata?.resourceVersion;
      if (version !== undefined) hear({ kind: "bookmark", resourceVersion: version });
    } else {
      const kind = type === "DELETED" ? "deleted" : "changed";
      for (const read of objectOf(object)) hear({ kind, object: read });
    }
  }

  function end(error: unknown): void {
    const { statusCode = 0 } = (error ?? {}) as { statusCode?: number };
    if (!error || (error as Error).name === "AbortError") finish("ended");
    else if (statusCode === 410) finish("expired");
    else fail(new ClusterError(statusCode, messageOf(error), error));
  }

  const begun = by.watch(path, wish, take, end);
  const limit = setTimeout(() => void begun.then((controller) => controller.abort()), WATCH_LIMIT_MS);
  const close = () => {
    finish("ended");
    begun.then((controller) => controller.abort(), fail);
  };
  // Whatever ends it, nothing of it goes on.
  const over = ended.finally(() => {
    clearTimeout(limit);
    void begun.then((controller) => controller.abort()).catch(() => undefined);
  });
  return { over, close };
}
