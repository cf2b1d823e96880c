/** The arithmetic of a chart's axes. Pure. */

/** Where the lines of the grid may stand: at times that people would name. */
export const SECONDS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400,
];

/** A tick stands at a round number, and needs no zeros behind it. */
export function tickText(text: string): string {
  return text.replace(/\.0+(?=\D|$)/, "");
}

/** The powers of ten between two values. */
export function powersOfTen(least: number, most: number): number[] {
  const [low, high] = [Math.ceil(Math.log10(least) - 1e-9), Math.floor(Math.log10(most) + 1e-9)];
  return Array.from({ length: Math.max(0, high - low + 1) }, (_, index) => 10 ** (low + index));
}

/** A round number above the highest value. */
export function roundedUp(most: number | null): number {
  if (most === null || most <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  const steps = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
  return power * (steps.find((step) => step * power >= most * 1.05) ?? 12);
}

/** Steps between ticks that people count in. */
const ROUND_STEPS = [1, 2, 5];

/** Ticks from zero to a rounded number, at round numbers. */
export function ticksTo(most: number): number[] {
  const isWhole = (power: number) => Math.abs(power - Math.round(power)) < 1e-9;
  const isRound = (step: number) => ROUND_STEPS.some((round) => isWhole(Math.log10(step / round)));
  const steps = [4, 5, 3, 6].find((count) => isRound(most / count)) ?? 4;
  return Array.from({ length: steps + 1 }, (_, nth) => Number(((most / steps) * nth).toPrecision(12)));
}
