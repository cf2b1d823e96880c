/** Figures as people read them: grouped, rounded, with their units. */

/** A whole number with its thousands apart. */
export function count(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A share as a percentage. */
export function percent(share: number, digits: number): string {
  return `${(share * 100).toFixed(digits)} %`;
}

/** Events per second. */
export function rate(perSecond: number): string {
  return `${perSecond >= 100 ? count(perSecond) : perSecond.toFixed(1)}/s`;
}

/** A latency, in milliseconds below a second and in seconds above; a dash when there is none. */
export function milliseconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return "-";
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  if (value >= 1000) return `${(value / 1000).toFixed(2)} s`;
  if (value >= 100) return `${value.toFixed(0)} ms`;
  return `${value.toFixed(value >= 10 ? 1 : 2)} ms`;
}

/** A length of time: 12.5 s, 3 m 20 s, 2 h 5 m. */
export function durationText(durationMs: number): string {
  const seconds = durationMs / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
}

/** An amount of data. */
export function bytes(value: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let amount = value;
  let unit = 0;
  while (amount >= 1000 && unit < units.length - 1) {
    amount /= 1000;
    unit++;
  }
  return `${unit === 0 ? amount : amount.toFixed(1)} ${units[unit]}`;
}

/** Values that a percentile needs to be more than the largest value by another name. */
export const SAMPLES_FOR = { p50: 1, p90: 10, p95: 20, p99: 100, p99_9: 1000, max: 1 } as const;

/** Text from outside without what could steer a terminal, or turn around what stands beside it. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is to be found
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, "�");
}
