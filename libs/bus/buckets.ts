/** Buckets of keys with revisions, and the object store: state that outlives the process that wrote it. */

import type { KV, NatsError, ObjectStore } from "nats";
import type { Bucket, Objects } from "./bus.ts";
import type { Link } from "./link.ts";

/** JetStream's error code for a write at a revision that is not the last. */
const WRONG_REVISION = 10071;

/**
 * The bucket of runs and specs; it must exist. Any copy is asked for a key, so that a dead leader is not waited for; but a
 * copy may lag, and a key that it does not have is asked for at the leader's: a run must not be taken for unknown.
 */
export async function runsBucket(link: Link): Promise<Bucket> {
  const name = link.names.buckets.runs;
  const [copies, leader] = await Promise.all([
    link.js.views.kv(name, { bindOnly: true, allow_direct: true }),
    link.js.views.kv(name, { bindOnly: true }),
  ]);
  const [quick, sure] = [bucketOf(link, name, copies), bucketOf(link, name, leader)];
  return { ...quick, get: async (key) => (await quick.get(key)) ?? sure.get(key) };
}

/** A renewal of the lease that is not answered by now is tried again, before the lease runs out. */
const LEASE_TIMEOUT_MS = 900;

/** The bucket of the lease, whose keys vanish when nobody renews them. Always asks the stream's leader: a copy may lag. */
export async function leaseBucket(link: Link): Promise<Bucket> {
  const js = link.nc.jetstream({ timeout: LEASE_TIMEOUT_MS });
  const name = link.names.buckets.lease;
  return bucketOf(link, name, await js.views.kv(name, { bindOnly: true }));
}

/** The bucket of settings. Always asks the stream's leader. */
export async function settingsBucket(link: Link): Promise<Bucket> {
  const name = link.names.buckets.settings;
  return bucketOf(link, name, await link.js.views.kv(name, { bindOnly: true }));
}

/** The bucket of the library. Always asks the stream's leader. */
export async function libraryBucket(link: Link): Promise<Bucket> {
  const name = link.names.buckets.library;
  return bucketOf(link, name, await link.js.views.kv(name, { bindOnly: true }));
}

function bucketOf(link: Link, name: string, kv: KV): Bucket {
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
    async text(key) {
      const entry = await kv.get(key);
      return entry?.operation === "PUT" ? { text: entry.string(), revision: entry.revision } : undefined;
    },
    put: (key, value) => kv.put(key, encode(value)),
    create: (key, value) => unlessStale(kv.create(key, encode(value))),
    update: (key, value, revision) => unlessStale(kv.update(key, encode(value), revision)),
    async delete(key, revision) {
      try {
        await kv.delete(key, revision === undefined ? undefined : { previousSeq: revision });
      } catch (error) {
        if ((error as NatsError).api_error?.err_code !== WRONG_REVISION) throw error;
      }
    },
    async keys(filter) {
      // The leader is asked, not a consumer that may be on a copy that lags.
      const prefix = `$KV.${name}.`;
      const { state } = await link.lookups.streams.info(`KV_${name}`, { subjects_filter: prefix + filter });
      return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
    },
  };
}

/** The object store of reports; it must exist. */
export async function reportObjects(link: Link): Promise<Objects> {
  const store: ObjectStore = await patiently(() => link.js.views.os(link.names.objects.reports));
  return {
    async put(name, text) {
      await store.putBlob({ name }, new TextEncoder().encode(text));
    },
    async get(name) {
      const bytes = await patiently(() => store.getBlob(name));
      return bytes === null ? undefined : new TextDecoder().decode(bytes);
    },
    async delete(name) {
      await store.delete(name);
    },
  };
}

/** A question that meets an election is not answered for some seconds, though what it asks for is there. */
const ASK_TRIES = 3;

async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (attempt >= ASK_TRIES) throw error;
    }
  }
}
