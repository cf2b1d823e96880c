/** A straight line through points, and how sure its slope is. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Line {
  readonly slope: number;
  /** The slope lies within this of the true one in 95 of 100 cases, if the points scatter about a line at random. */
  readonly margin: number;
}

/** Student's t for 95 % on both sides; more degrees of freedom than the table has are taken as a normal distribution. */
const T_95 = [
  12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];
const T_95_NORMAL = 1.96;

/** The line of least squares; three points at least. */
export function lineThrough(points: readonly Point[]): Line {
  const n = points.length;
  if (n < 3) throw new RangeError(`a line with a margin takes 3 points, not ${n}`);
  const mean = (pick: (point: Point) => number) => points.reduce((sum, point) => sum + pick(point), 0) / n;
  const meanX = mean(({ x }) => x);
  const meanY = mean(({ y }) => y);
  let sxx = 0;
  let sxy = 0;
  for (const { x, y } of points) {
    sxx += (x - meanX) ** 2;
    sxy += (x - meanX) * (y - meanY);
  }
  const slope = sxy / sxx;
  const residual = points.reduce((sum, { x, y }) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  const error = Math.sqrt(residual / (n - 2) / sxx);
  return { slope, margin: error * (T_95[n - 3] ?? T_95_NORMAL) };
}
