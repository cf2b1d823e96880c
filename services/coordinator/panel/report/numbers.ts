/** Figures that only a report shows. Pure. */

const GROUPED = new Intl.NumberFormat("en-US", { maximumFractionDigits: 3 });

/** A number with all its digits, down to thousandths, so that what is added up on the page adds up. */
export function exact(value: number): string {
  return GROUPED.format(value);
}
