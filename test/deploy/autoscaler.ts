/** What KEDA and the horizontal pod autoscaler make of a queue's depth: their arithmetic, as far as it decides here. */

/** A relative difference up to this is left alone by the horizontal pod autoscaler. */
const TOLERANCE = 0.1;

export interface Scaling {
  readonly lagThreshold: number;
  readonly activationLag: number;
  readonly most: number;
}

/**
 * How many replicas there are to be. From none to one, and from one to none, is KEDA's to decide (the time of its cooldown left
 * out); in between the autoscaler divides the lag by the threshold.
 */
export function replicasFor(
  lag: number,
  current: number,
  { lagThreshold, activationLag, most }: Scaling,
): number {
  if (lag <= activationLag) return 0;
  if (current === 0) return 1;
  const ratio = lag / (lagThreshold * current);
  if (Math.abs(ratio - 1) <= TOLERANCE) return current;
  return Math.min(most, Math.max(1, Math.ceil(lag / lagThreshold)));
}

/** Where the arithmetic comes to rest under a lag that stays. */
export function settledReplicas(lag: number, scaling: Scaling): number {
  let replicas = 0;
  for (let next = replicasFor(lag, 0, scaling); next !== replicas; next = replicasFor(lag, next, scaling))
    replicas = next;
  return replicas;
}

export interface Times {
  /** Fewer replicas are wanted only when nothing in this time wanted more. */
  readonly stabilizationMs: number;
  /** The last one goes when there was nothing to do for so long. */
  readonly cooldownMs: number;
}

/** Both of them over time: each look at the queue's depth gives the replicas that there are to be from then on. */
export function createAutoscaler(scaling: Scaling, { stabilizationMs, cooldownMs }: Times) {
  let recommended: { readonly atMs: number; readonly replicas: number }[] = [];
  let activeMs = Number.NEGATIVE_INFINITY;
  return {
    look(lag: number, current: number, nowMs: number): number {
      const wanted = replicasFor(lag, current, scaling);
      if (wanted > 0) activeMs = nowMs;
      recommended = [...recommended, { atMs: nowMs, replicas: Math.max(1, wanted) }].filter(
        ({ atMs }) => nowMs - atMs <= stabilizationMs,
      );
      if (wanted > current) return wanted;
      if (wanted === 0 && nowMs - activeMs >= cooldownMs) return 0;
      const highest = Math.max(...recommended.map(({ replicas }) => replicas));
      return Math.min(current, highest);
    },
  };
}

interface Jsz {
  readonly account_details?: readonly {
    readonly name: string;
    readonly stream_detail?: readonly {
      readonly name: string;
      readonly consumer_detail?: readonly {
        readonly name: string;
        readonly num_pending: number;
        readonly num_ack_pending: number;
      }[];
    }[];
  }[];
}

/** The lag that KEDA's trigger reads from a server's monitoring page; undefined where it finds no such consumer. */
export async function lagOf(
  monitorUrl: string,
  { account, stream, consumer }: { account: string; stream: string; consumer: string },
): Promise<number | undefined> {
  const page = await fetch(`${monitorUrl}/jsz?acc=${account}&consumers=true&config=true`);
  const { account_details: accounts = [] } = (await page.json()) as Jsz;
  const found = accounts
    .find(({ name }) => name === account)
    ?.stream_detail?.find(({ name }) => name === stream)
    ?.consumer_detail?.find(({ name }) => name === consumer);
  return found && found.num_pending + found.num_ack_pending;
}
