/** A small line of rates, as the path of a drawing. Pure. */

/** The drawing's own coordinates. */
export const SPARK = { width: 120, height: 28 } as const;

/** Rates that a sparkline keeps: two a pixel would not be seen. */
export const MAX_SPARK = 60;

export function withRate(rates: readonly number[], perSecond: number): readonly number[] {
  return [...rates, perSecond].slice(-MAX_SPARK);
}

/** The newest rate stands at the right end; the height is that of the highest. */
export function sparkPath(rates: readonly number[]): string {
  if (rates.length < 2) return "";
  const highest = Math.max(...rates, Number.MIN_VALUE);
  const stepX = SPARK.width / (MAX_SPARK - 1);
  const firstX = SPARK.width - (rates.length - 1) * stepX;
  return rates
    .map((rate, index) => {
      const x = firstX + index * stepX;
      const y = SPARK.height - 1 - (rate / highest) * (SPARK.height - 2);
      return `${index === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
}
