/** Waits for a fact, never for a time: asks again until it holds, and says what it saw last when it does not. */

const POLL_MS = 25;

export async function eventually<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  limitMs = 20_000,
): Promise<T> {
  const untilMs = performance.now() + limitMs;
  let last: unknown;
  while (performance.now() < untilMs) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`${what} did not come about within ${limitMs / 1000} s; last: ${String(last)}`);
}
