/** Who leads: a lease in a bucket, taken and renewed by compare-and-set. Its revision is the leader's epoch. */

import { type Bucket, LEASE_TTL_MS } from "../../libs/bus/bus.ts";
import { type Clock, sleep } from "../../libs/runtime/clock.ts";

const LEASE_KEY = "leader";
const RENEW_INTERVAL_MS = 1000;
const CAMPAIGN_INTERVAL_MS = 250;
/** A leader that could not renew for so long steps down, before anyone can have taken over. */
const STEP_DOWN_MS = LEASE_TTL_MS - RENEW_INTERVAL_MS;

export interface Lease {
  /** Higher than that of every leader before. */
  readonly epoch: number;
  /** Resolves when this process no longer leads. */
  readonly lost: Promise<void>;
  /** Steps down, so that another can take over at once. */
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
    const epoch = await tryToTake().catch(() => undefined);
    if (epoch !== undefined) return hold(bucket, node, clock, epoch);
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

function hold(bucket: Bucket, node: string, clock: Clock, epoch: number): Lease {
  let revision = epoch;
  let renewedMs = clock.nowMs();
  let over = false;
  let announceLoss: () => void = () => undefined;
  const lost = new Promise<void>((resolve) => {
    announceLoss = resolve;
  });

  function lose(): void {
    over = true;
    cancel();
    announceLoss();
  }

  async function renew(): Promise<void> {
    const sinceMs = clock.nowMs();
    try {
      const renewed = await bucket.update(LEASE_KEY, { node, epoch }, revision);
      if (renewed === undefined) {
        lose();
        return;
      }
      revision = renewed;
      renewedMs = sinceMs;
    } catch {
      // The bus is away; whether the lease still holds is a matter of time.
    }
  }

  const cancel = clock.every(RENEW_INTERVAL_MS, () => {
    if (clock.nowMs() - renewedMs > STEP_DOWN_MS) lose();
    else void renew();
  });

  return {
    epoch,
    lost,
    async release() {
      if (over) return;
      lose();
      await bucket.delete(LEASE_KEY).catch(() => undefined);
    },
  };
}
