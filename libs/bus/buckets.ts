/** Buckets of keys with revisions, and the object store: state that outlives the process that wrote it. */

import type { KV, NatsError, ObjectStore } from "nats";
import { StorageType } from "nats";
import type { Bus } from "./connect.ts";
import { LEASE_TTL_MS } from "./provision.ts";

export interface Entry {
  readonly value: unknown;
  readonly revision: number;
}

export interface Bucket {
  get(key: string): Promise<Entry | undefined>;
  put(key: string, value: unknown): Promise<number>;
  /** Writes only if the key does not exist. @returns the revision, or undefined when it exists */
  create(key: string, value: unknown): Promise<number | undefined>;
  /** Writes only if the key is still at a revision. @returns the new one, or undefined when it is not */
  update(key: string, value: unknown, revision: number): Promise<number | undefined>;
  delete(key: string): Promise<void>;
  keys(filter: string): Promise<string[]>;
  /** Calls back with each key's value, first the present ones, then every change. */
  watch(filter: string, see: (key: string, entry: Entry) => void): Promise<{ close(): void }>;
}

/** JetStream's error code for a write at a revision that is not the last. */
const WRONG_REVISION = 10071;

/** The bucket of runs and specs; it must exist. */
export async function runsBucket(bus: Bus): Promise<Bucket> {
  return bucketOf(await bus.js.views.kv(bus.names.buckets.runs, { bindOnly: true, allow_direct: true }));
}

/** The bucket of the lease, whose keys vanish when nobody renews them. */
export async function leaseBucket(bus: Bus): Promise<Bucket> {
  return bucketOf(
    await bus.js.views.kv(bus.names.buckets.lease, { storage: StorageType.Memory, ttl: LEASE_TTL_MS }),
  );
}

function bucketOf(kv: KV): Bucket {
  const encode = (value: unknown) => JSON.stringify(value);
  const unlessStale = async (write: Promise<number>): Promise<number | undefined> => {
    try {
      return await write;
    } catch (error) {
      if ((error as NatsError).api_error?.err_code === WRONG_REVISION) return undefined;
      throw error;
    }
  };
  return {
    async get(key) {
      const entry = await kv.get(key);
      return entry?.operation === "PUT" ? { value: entry.json(), revision: entry.revision } : undefined;
    },
    put: (key, value) => kv.put(key, encode(value)),
    create: (key, value) => unlessStale(kv.create(key, encode(value))),
    update: (key, value, revision) => unlessStale(kv.update(key, encode(value), revision)),
    delete: (key) => kv.delete(key),
    async keys(filter) {
      const keys: string[] = [];
      for await (const key of await kv.keys(filter)) keys.push(key);
      return keys;
    },
    async watch(filter, see) {
      const watcher = await kv.watch({ key: filter });
      void (async () => {
        for await (const entry of watcher) {
          if (entry.operation === "PUT") see(entry.key, { value: entry.json(), revision: entry.revision });
        }
      })().catch(() => undefined);
      return { close: () => watcher.stop() };
    },
  };
}

export interface Objects {
  put(name: string, text: string): Promise<void>;
  get(name: string): Promise<string | undefined>;
}

/** The object store of reports; it must exist. */
export async function reportObjects(bus: Bus): Promise<Objects> {
  const store: ObjectStore = await bus.js.views.os(bus.names.objects.reports);
  return {
    async put(name, text) {
      await store.putBlob({ name }, new TextEncoder().encode(text));
    },
    async get(name) {
      const bytes = await store.getBlob(name);
      return bytes === null ? undefined : new TextDecoder().decode(bytes);
    },
  };
}

/** The name of a run's report in the object store. */
export function reportName(run: string): string {
  return `${run}/report.json`;
}
