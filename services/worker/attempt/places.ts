/** Queries in flight over all slices of the worker: how many there are and may be, and what waiting they allow. */

/** The thread stands still for no longer at a time: what comes over the bus waits no more than this. */
const LONGEST_DOZE_MS = 0.5;
/** While answers are awaited, one may be noticed so much later, as a share of what the quickest ones take. */
const UNNOTICED_SHARE = 0.01;
/** Waking costs tens of microseconds; a doze that is shorter is not worth it. */
const SHORTEST_DOZE_MS = 0.04;
/** The quickest answer is forgotten by so much with each later one: half of it with seventy. */
const FORGETTING = 1.01;
/** What is quicker than this counts as this, so that a few hundred slow answers are enough to forget it. */
const QUICKEST_MS = 0.05;

export class Places {
  inFlight = 0;
  /** How many there may be in the open model. */
  most: number;
  private quickestMs = QUICKEST_MS;

  constructor(most: number) {
    this.most = most;
  }

  take(): void {
    this.inFlight++;
  }

  /** @param serviceMs what the answer took */
  free(serviceMs: number): void {
    this.inFlight--;
    this.quickestMs = Math.max(QUICKEST_MS, Math.min(serviceMs, this.quickestMs * FORGETTING));
  }

  /** For how long the thread may stand still without harm to what is measured; 0 for not at all. */
  dozeMs(): number {
    if (this.inFlight === 0) return LONGEST_DOZE_MS;
    const unnoticedMs = Math.min(this.quickestMs * UNNOTICED_SHARE, LONGEST_DOZE_MS);
    return unnoticedMs < SHORTEST_DOZE_MS ? 0 : unnoticedMs;
  }
}
