/** A distribution as a few dozen cells of a logarithmic scale: what a heat map draws. Pure, and free of what only a server has. */

/** Each cell reaches a half further up than the one before it: as fine as the eye tells rows of a chart apart. */
const CELLS_PER_DECADE = 6;
/** Whatever is faster shares the first cell. */
const FIRST_US = 100;
/** From a tenth of a millisecond to a hundred seconds, the first and the last open. */
export const HEAT_CELLS = 6 * CELLS_PER_DECADE + 2;

/** The cell of a value. */
export function heatCellOf(valueUs: number): number {
  if (valueUs < FIRST_US) return 0;
  // What the logarithm's rounding alone takes from a value that stands on an edge is given back.
  const steps = Math.log10(valueUs / FIRST_US) * CELLS_PER_DECADE + 1e-9;
  return Math.min(HEAT_CELLS - 1, 1 + Math.floor(steps));
}

/** Where a cell begins and ends; what has no end is drawn as high as the others. */
export function heatEdgesMs(cell: number): readonly [number, number] {
  const edge = (at: number) => (FIRST_US / 1000) * 10 ** (at / CELLS_PER_DECADE);
  return [edge(cell - 1), edge(cell)];
}

/** Anything that tells its values in rising order. */
interface Distribution {
  forEachValue(visit: (lowestUs: number, count: number) => void): void;
}

/** The cells that are not empty, each followed by its count. */
export function heatOf(distribution: Distribution): number[] {
  const pairs: number[] = [];
  distribution.forEachValue((lowestUs, count) => {
    const cell = heatCellOf(lowestUs);
    if (pairs.length > 0 && pairs[pairs.length - 2] === cell)
      pairs[pairs.length - 1] = (pairs.at(-1) ?? 0) + count;
    else pairs.push(cell, count);
  });
  return pairs;
}
