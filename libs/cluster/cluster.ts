/** A Kubernetes cluster as the coordinator sees it: the BenchmarkConfigs of one namespace, and its own Pods there. */

import type { BenchmarkObject, BenchmarkStatus } from "../protocol/benchmark-object.ts";
import type { PodEvent, PodState } from "../protocol/pod.ts";

export interface Listing {
  readonly objects: readonly BenchmarkObject[];
  /** What follows can be watched from here. */
  readonly resourceVersion: string;
}

export type WatchEvent =
  | { readonly kind: "changed" | "deleted"; readonly object: BenchmarkObject }
  /** Nothing changed, and so far was it told. */
  | { readonly kind: "bookmark"; readonly resourceVersion: string };

/** ended: it can be gone on from what was heard last. expired: what came meanwhile is forgotten, so all is to be listed anew. */
export type WatchEnd = "ended" | "expired";

export interface Watching {
  readonly over: Promise<WatchEnd>;
  close(): void;
}

export interface PodLogWish {
  readonly lines: number;
  /** Of the container before the last restart. */
  readonly previous: boolean;
}

export interface Cluster {
  readonly namespace: string;
  list(): Promise<Listing>;
  watch(resourceVersion: string, hear: (event: WatchEvent) => void): Watching;
  /** @throws ClusterError 409 where the object is another one by now */
  setFinalizers(object: BenchmarkObject, finalizers: readonly string[]): Promise<BenchmarkObject>;
  /** @throws ClusterError 409 where the object is another one by now */
  setStatus(object: BenchmarkObject, status: BenchmarkStatus): Promise<BenchmarkObject>;
  /** Logburst's own Pods. */
  pods(): Promise<PodState[]>;
  /** What the cluster says of a Pod, the newest last. */
  podEvents(pod: string): Promise<PodEvent[]>;
  podLog(pod: string, wish: PodLogWish): Promise<string>;
}

/** What a Kubernetes API answered instead, by its HTTP status. */
export class ClusterError extends Error {
  override readonly name = "ClusterError";
  readonly status: number;

  constructor(status: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

/** Somebody else was faster, or the object is gone: what it is by now is about to be heard. */
export function isOutdated(error: unknown): boolean {
  return error instanceof ClusterError && (error.status === 409 || error.status === 404);
}
