/** When to come back after a broken connection. Pure. */

/** What a server that says nothing of it is given. */
export const FIRST_WAIT_MS = 1000;
/** A page that lies open over night asks no oftener than this, and finds a server that is back within it. */
export const LONGEST_WAIT_MS = 15_000;

/**
 * @param failures tries in a row that brought nothing, from 1 on
 * @param firstWaitMs what the server asked for
 */
export function retryWaitMs(failures: number, firstWaitMs = FIRST_WAIT_MS): number {
  const doublings = Math.min(Math.max(0, failures - 1), 10);
  return Math.min(LONGEST_WAIT_MS, firstWaitMs * 2 ** doublings);
}
