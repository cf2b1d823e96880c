/** Student's t: how far an estimate with few degrees of freedom may be off. */

/** Beyond so many degrees the distribution is the normal one, as far as anybody can tell. */
const MOST_DEGREES = 1000;

/**
 * The share of the distribution between -t and t, for whole degrees of freedom: a finite sum.
 * Source: M. Abramowitz, I. Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
 */
function shareWithin(t: number, degrees: number): number {
  const angle = Math.atan2(t, Math.sqrt(degrees));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = degrees % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let next = isOdd ? 3 : 2; next <= degrees - 2; next += 2) {
    term *= (cosine * cosine * (next - 1)) / next;
    sum += term;
  }
  return isOdd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}

/**
 * The t that a share of the distribution lies within, from -t to t.
 * @param share in (0, 1) @param degrees of freedom, at least 1
 */
export function studentT(share: number, degrees: number): number {
  const whole = Math.min(MOST_DEGREES, Math.max(1, Math.floor(degrees)));
  let low = 0;
  let high = 1;
  while (shareWithin(high, whole) < share) high *= 2;
  // Each step halves the error: after 60 nothing is left of it.
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (shareWithin(middle, whole) < share) low = middle;
    else high = middle;
  }
  return high;
}
