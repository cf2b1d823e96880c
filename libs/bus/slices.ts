/** The queue of slices as the coordinator looks into it and purges it; how workers pull from it stands in pull.ts. */

import type { MsgRequest, NatsError, StoredMsg } from "nats";
import type { Link } from "./link.ts";
import { lastSeqOf } from "./log.ts";
import { isNotFound } from "./provision.ts";

/** The subjects of a run's slices that are in the queue, whether or not a worker has them. */
export async function queuedSlices(link: Link, pool: string, run: string): Promise<string[]> {
  const filter = link.names.subjects.slicesOfRun(pool, run);
  const { state } = await link.lookups.streams.info(link.names.streams.slices, { subjects_filter: filter });
  return Object.keys(state.subjects ?? {});
}

export function lastSliceSeq(link: Link): Promise<number> {
  return lastSeqOf(link, link.names.streams.slices);
}

/** The subject of the slice at a sequence number, as long as it is in the queue. */
export async function sliceSubject(link: Link, seq: number): Promise<string | undefined> {
  return (await sliceMessage(link, { seq }))?.subject;
}

/** The slice on a subject, and its place, as long as it is in the queue. */
export async function sliceOn(
  link: Link,
  subject: string,
): Promise<{ seq: number; data: Uint8Array } | undefined> {
  const message = await sliceMessage(link, { last_by_subj: subject });
  return message && { seq: message.seq, data: message.data };
}

async function sliceMessage(link: Link, query: MsgRequest): Promise<StoredMsg | undefined> {
  try {
    return await link.lookups.streams.getMessage(link.names.streams.slices, query);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** JetStream's error code for the deletion of a message that is not there. */
const NO_MESSAGE = 10057;

/** Removes a slice from the queue, also one that a worker holds. */
export async function deleteSlice(link: Link, seq: number): Promise<boolean> {
  try {
    return await link.jsm.streams.deleteMessage(link.names.streams.slices, seq, false);
  } catch (error) {
    if (isNotFound(error) || (error as NatsError).api_error?.err_code === NO_MESSAGE) return false;
    throw error;
  }
}

/** Removes what is left of a run's slices from the queue: all, or those of one lane. */
export async function purgeSlices(link: Link, pool: string, run: string, lane?: string): Promise<void> {
  await link.jsm.streams.purge(link.names.streams.slices, {
    filter: link.names.subjects.slicesOfRun(pool, run, lane),
  });
}
