/** The objects of a namespace as they are: listed, then followed, and listed anew where what came meanwhile is forgotten. */

import { type Cluster, isOutdated, type WatchEvent, type Watching } from "../../../libs/cluster/cluster.ts";
import type { BenchmarkObject } from "../../../libs/protocol/benchmark-object.ts";
import { messageOf } from "../../../libs/protocol/errors.ts";
import { type Clock, sleep } from "../../../libs/runtime/clock.ts";
import type { Log } from "../../../libs/runtime/log.ts";

export interface Mirror {
  all(): BenchmarkObject[];
  get(name: string): BenchmarkObject | undefined;
  /** An object as a write of one's own has left it. */
  put(object: BenchmarkObject): void;
  close(): void;
}

/** Between two watches: a server that ends them at once is not asked without pause. */
const WATCH_PAUSE_MS = 200;
/** After an error: the API is away, the resource is not defined yet, or this is not allowed. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/** @param changed is told of each object that is new, or another one */
export function startMirror(
  cluster: Pick<Cluster, "list" | "watch">,
  { clock, log }: { clock: Clock; log: Log },
  changed: (name: string) => void,
): Mirror {
  const objects = new Map<string, BenchmarkObject>();
  let version = "";
  let watching: Watching | undefined;
  let isClosed = false;

  function put(object: BenchmarkObject): void {
    objects.set(object.metadata.name, object);
  }

  function hear(event: WatchEvent): void {
    if (event.kind === "bookmark") {
      version = event.resourceVersion;
      return;
    }
    const { name, resourceVersion } = event.object.metadata;
    version = resourceVersion;
    if (event.kind === "deleted") objects.delete(name);
    else put(event.object);
    changed(name);
  }

  async function list(): Promise<void> {
    const listing = await cluster.list();
    objects.clear();
    for (const object of listing.objects) put(object);
    version = listing.resourceVersion;
    for (const name of objects.keys()) changed(name);
  }

  /** Follows until all must be listed anew. */
  async function follow(): Promise<void> {
    for (let end: string | undefined; !isClosed && end !== "expired"; ) {
      watching = cluster.watch(version, hear);
      if (isClosed) watching.close();
      end = await watching.over;
      await sleep(clock, WATCH_PAUSE_MS);
    }
  }

  async function keepUp(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!isClosed) {
      try {
        await list();
        pauseMs = FIRST_PAUSE_MS;
        await follow();
      } catch (error) {
        const what = isOutdated(error)
          ? "BenchmarkConfigs are not known to the Kubernetes API: apply deploy/base/crd"
          : "the Kubernetes API cannot be followed";
        if (!isClosed) log.warn({ err: messageOf(error), pause_ms: pauseMs }, what);
        await sleep(clock, pauseMs);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    }
  }

  void keepUp();
  return {
    all: () => [...objects.values()],
    get: (name) => objects.get(name),
    put,
    close() {
      isClosed = true;
      watching?.close();
    },
  };
}
