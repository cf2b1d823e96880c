/** How long until the load is back after a fault, from what arrived at the target. Times are epoch milliseconds. */

/** Looked at in steps of this. */
const STEP_MS = 100;
/** A rate is counted over this, a fleet of users is looked for within this. */
const WINDOW_MS = 1000;
/** A fault shows within this, or not at all. */
const DIP_LIMIT_MS = 15_000;
/** Back means at least this share of the plan. */
const BACK = 0.95;
/** A dip above this is the machine's own noise: a tenth of a second late is a tenth less in one second. */
const FELL = 0.9;

export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Share of the plan that is met in a stretch of time: 1 when everything that was asked for is there. */
export type ShareOf = (stretch: Stretch) => number;

/**
 * From the fault to the first moment, after its lowest point, at which the load is back.
 * @param untilMs the load ends here
 * @returns 0 where it never fell, undefined where it never came back
 */
export function recoveryMs(share: ShareOf, struckMs: number, untilMs: number): number | undefined {
  const shares: { atMs: number; share: number }[] = [];
  for (let atMs = struckMs; atMs + WINDOW_MS <= untilMs; atMs += STEP_MS)
    shares.push({ atMs: atMs - struckMs, share: share({ fromMs: atMs, toMs: atMs + WINDOW_MS }) });
  const near = shares.filter(({ atMs }) => atMs <= DIP_LIMIT_MS);
  const lowest = near.reduce((low, entry) => (entry.share < low.share ? entry : low), { atMs: 0, share: 1 });
  if (lowest.share >= FELL) return 0;
  return shares.find((entry) => entry.atMs >= lowest.atMs && entry.share >= BACK)?.atMs;
}

/** The open model: queries that arrived against those that the rate asks for. */
export function shareOfRate(arrivalsMs: readonly number[], perSecond: number): ShareOf {
  return ({ fromMs, toMs }) => {
    const arrived = arrivalsMs.filter((atMs) => atMs >= fromMs && atMs < toMs).length;
    return arrived / ((perSecond * (toMs - fromMs)) / 1000);
  };
}
