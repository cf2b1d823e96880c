/** Streams, consumers and buckets: made by the coordinator, with the settings that the protocol rests on. */

import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  type NatsError,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "nats";
import { LEASE_TTL_MS, MAX_DELIVER, SLICE_ACK_WAIT_MS } from "./bus.ts";
import { isLeaving, type Link } from "./link.ts";

const SECOND_NS = 1_000_000_000;
const HOUR_NS = 3600 * SECOND_NS;
const MIB = 2 ** 20;
/** How long runs, their events and their reports are kept. */
const KEPT_MS = 30 * 24 * 3_600_000;

const MAX_OUTSTANDING_SLICES = 20_000;
/** Pull requests that may wait at once; cannot be changed later, so it is ample. */
const MAX_WAITING_PULLS = 4096;

function streamConfigs({ names }: Link, replicas: number): Partial<StreamConfig>[] {
  const common = { storage: StorageType.File, num_replicas: replicas, allow_direct: true };
  const log = { ...common, retention: RetentionPolicy.Limits, discard: DiscardPolicy.Old };
  return [
    {
      ...common,
      name: names.streams.requests,
      subjects: [names.subjects.requestRun],
      retention: RetentionPolicy.Workqueue,
      discard: DiscardPolicy.New,
      max_msgs: 1000,
      max_msg_size: MIB,
      max_age: 24 * HOUR_NS,
    },
    {
      ...common,
      name: names.streams.slices,
      subjects: [names.subjects.allSlices],
      retention: RetentionPolicy.Workqueue,
      discard: DiscardPolicy.New,
      // One queued copy of a slice, also after a restart of the server that forgets which message ids it saw.
      max_msgs_per_subject: 1,
      discard_new_per_subject: true,
      max_msgs: 200_000,
      max_bytes: 256 * MIB,
      max_msg_size: 64 * 1024,
      max_age: 24 * HOUR_NS,
      duplicate_window: 120 * SECOND_NS,
    },
    {
      ...log,
      name: names.streams.results,
      subjects: [names.subjects.allResults],
      max_age: 24 * HOUR_NS,
      max_bytes: 4096 * MIB,
      max_msg_size: MIB,
      duplicate_window: 120 * SECOND_NS,
    },
    {
      ...log,
      name: names.streams.dead,
      subjects: [names.subjects.deadSlices("MAX_DELIVERIES"), names.subjects.deadSlices("MSG_TERMINATED")],
      max_age: 24 * HOUR_NS,
      max_bytes: 64 * MIB,
    },
    {
      ...log,
      name: names.streams.events,
      subjects: [names.subjects.allEvents, names.subjects.allAudit],
      max_age: KEPT_MS * 1_000_000,
      max_bytes: 256 * MIB,
    },
  ];
}

/** Makes whatever is missing; what is there is brought up to date. May be called any number of times. */
export async function provision(link: Link, replicas: number): Promise<void> {
  for (const config of streamConfigs(link, replicas)) await upsertStream(link, config);
  const { streams, consumers, buckets, objects } = link.names;
  // What cannot be taken now is given back again and again; its age ends that.
  for (const stream of [streams.requests, streams.dead])
    await ensureConsumer(link, stream, consumers.coordinator, { max_deliver: -1 });
  await ensurePool(link, "default");
  await link.js.views.kv(buckets.runs, { history: 1, replicas, storage: StorageType.File, ttl: KEPT_MS });
  await link.js.views.kv(buckets.lease, {
    history: 1,
    replicas,
    storage: StorageType.File,
    ttl: LEASE_TTL_MS,
  });
  for (const name of [buckets.settings, buckets.library])
    await link.js.views.kv(name, { history: 1, replicas, storage: StorageType.File });
  await link.js.views.os(objects.reports, { replicas, storage: StorageType.File, ttl: KEPT_MS * 1_000_000 });
}

/** Makes the durable consumer that a pool's workers share. */
export async function ensurePool(link: Link, pool: string): Promise<void> {
  await ensureConsumer(link, link.names.streams.slices, link.names.consumers.workers(pool), {
    filter_subject: link.names.subjects.slicesOfPool(pool),
    ack_wait: SLICE_ACK_WAIT_MS * 1_000_000,
    max_deliver: MAX_DELIVER,
    max_ack_pending: MAX_OUTSTANDING_SLICES,
    max_waiting: MAX_WAITING_PULLS,
  });
}

async function upsertStream(link: Link, config: Partial<StreamConfig>): Promise<void> {
  const { name = "" } = config;
  try {
    await link.jsm.streams.info(name);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await link.jsm.streams.add(config);
    return;
  }
  await link.jsm.streams.update(name, config);
}

async function ensureConsumer(
  link: Link,
  stream: string,
  name: string,
  settings: Partial<ConsumerConfig>,
): Promise<void> {
  const config = {
    durable_name: name,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ...settings,
  };
  try {
    await link.jsm.consumers.info(stream, name);
    await link.jsm.consumers.update(stream, name, settings);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await link.jsm.consumers.add(stream, config);
  }
}

export function isNotFound(error: unknown): boolean {
  return (error as NatsError).api_error?.code === 404 || (error as NatsError).code === "404";
}

const PROVISION_POLL_MS = 250;

/** Waits until the coordinator has made the streams and buckets: services may start in any order. */
export async function untilProvisioned(link: Link): Promise<void> {
  const { streams, buckets, objects } = link.names;
  const needed = [
    ...Object.values(streams),
    ...Object.values(buckets).map((bucket) => `KV_${bucket}`),
    `OBJ_${objects.reports}`,
  ];
  for (const stream of needed) {
    while (!(await exists(link, stream)))
      await new Promise((resolve) => setTimeout(resolve, PROVISION_POLL_MS));
  }
}

async function exists(link: Link, stream: string): Promise<boolean> {
  try {
    await link.jsm.streams.info(stream);
    return true;
  } catch (error) {
    if (isLeaving(link.nc)) throw error;
    return false;
  }
}
