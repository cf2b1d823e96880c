/** Who leads: a lease in a bucket, taken and renewed by compare-and-set. Its revision is the leader's epoch. */

import { z } from "zod";
import { type Bucket, LEASE_TTL_MS } from "../../libs/bus/bus.ts";
import { parseObject } from "../../libs/protocol/door.ts";
import { type Clock, sleep } from "../../libs/runtime/clock.ts";

export const LEASE_KEY = "leader";
const RENEW_INTERVAL_MS = 1000;
const CAMPAIGN_INTERVAL_MS = 250;
/** A leader that could not renew for so long steps down, before anyone can have taken over. */
const STEP_DOWN_MS = LEASE_TTL_MS - RENEW_INTERVAL_MS;

const LeaseValue = z.object({ node: z.string(), epoch: z.number().optional() });

export interface Lease {
  /** Higher than that of every leader before. */
  readonly epoch: number;
  /** Resolves when this process no longer leads. */
  readonly lost: Promise<void>;
  /**
   * Whether this process leads now, by its own monotonic clock: to be asked before every write. A process that was frozen
   * learns here that its time is over, before any of its timers tells it.
   */
  holds(): boolean;
  /** Steps down, so that another can take over at once. A lease that another has taken meanwhile stays that one's. */
  release(): Promise<void>;
}

/**
 * Waits until this node leads. A lease is free when its key is gone, or when its revision has stood still for its length
 * by this process's own clock: clocks of different machines are never compared.
 */
export async function campaign(
  bucket: Bucket,
  node: string,
  clock: Clock,
  isStopped: () => boolean,
): Promise<Lease | undefined> {
  let seenRevision: number | undefined;
  let seenSinceMs = clock.nowMs();
  while (!isStopped()) {
    const askedMs = clock.nowMs();
    const epoch = await tryToTake().catch(() => undefined);
    if (epoch !== undefined) return hold(bucket, node, clock, epoch, askedMs);
    await sleep(clock, CAMPAIGN_INTERVAL_MS);
  }
  return undefined;

  async function tryToTake(): Promise<number | undefined> {
    const current = await bucket.get(LEASE_KEY);
    if (!current) return bucket.create(LEASE_KEY, { node });
    if (current.revision !== seenRevision) {
      seenRevision = current.revision;
      seenSinceMs = clock.nowMs();
      return undefined;
    }
    if (clock.nowMs() - seenSinceMs < LEASE_TTL_MS) return undefined;
    return bucket.update(LEASE_KEY, { node }, current.revision);
  }
}

function hold(bucket: Bucket, node: string, clock: Clock, epoch: number, takenMs: number): Lease {
  let revision = epoch;
  /** When the last renewal that came through was sent: the server cannot have counted from any earlier. */
  let renewedMs = takenMs;
  let over = false;
  let renewing = false;
  let announceLoss: () => void = () => undefined;
  const lost = new Promise<void>((resolve) => {
    announceLoss = resolve;
  });

  /** Once it did not hold it never does again, though a renewal comes through late: work was given up by that word. */
  function holds(): boolean {
    if (!over && clock.nowMs() - renewedMs > STEP_DOWN_MS) lose();
    return !over;
  }

  function lose(): void {
    over = true;
    cancel();
    announceLoss();
  }

  async function renew(): Promise<void> {
    const sentMs = clock.nowMs();
    const renewed = await bucket.update(LEASE_KEY, { node, epoch }, revision);
    if (renewed !== undefined) {
      revision = renewed;
      renewedMs = sentMs;
      return;
    }
    // Taken by another, unless an earlier renewal was stored and its answer lost; that one was at an unknown time.
    const own = await ownRevision(bucket, epoch);
    if (own === undefined) lose();
    else revision = own;
  }

  async function renewOnce(): Promise<void> {
    if (renewing) return;
    renewing = true;
    // The bus may be away; whether the lease still holds is a matter of time.
    await renew().catch(() => undefined);
    renewing = false;
  }

  const cancel = clock.every(RENEW_INTERVAL_MS, () => {
    if (holds()) void renewOnce();
  });

  return {
    epoch,
    lost,
    holds,
    async release() {
      if (!holds()) return;
      lose();
      await bucket.delete(LEASE_KEY, revision).catch(() => undefined);
    },
  };
}

/** The revision of the lease as it stands, if it is still this leader's. */
async function ownRevision(bucket: Bucket, epoch: number): Promise<number | undefined> {
  const current = await bucket.get(LEASE_KEY);
  const parsed = parseObject(LeaseValue, current?.value);
  return current && parsed.ok && parsed.value.epoch === epoch ? current.revision : undefined;
}
