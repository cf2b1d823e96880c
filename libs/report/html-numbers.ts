/** Figures as people read them: grouped digits, units, and percentiles only where the samples support them. */

import type { Latency } from "../protocol/report.ts";
import { html, type Markup } from "./html-text.ts";

const GROUPED = new Intl.NumberFormat("en-US", { maximumFractionDigits: 3 });

/** A number with all its digits, down to thousandths. */
export function exact(value: number): string {
  return GROUPED.format(value);
}

/** A count in a table: zeros step back, so that what did happen is seen. */
export function tally(value: number): Markup {
  return value === 0 ? html`<span class="zero">0</span>` : html`${exact(value)}`;
}

/** About three digits. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  const digits = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3;
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

const MINUTE_S = 60;
const HOUR_S = 3600;

/** Up to two minutes in milliseconds or seconds, from then on in minutes and hours. */
export function duration(ms: number): string {
  if (ms < 999.5) return `${short(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 2 * MINUTE_S) return `${short(ms / 1000)} s`;
  if (seconds < 2 * HOUR_S) return `${Math.floor(seconds / MINUTE_S)} min ${seconds % MINUTE_S} s`;
  const minutes = Math.round(seconds / MINUTE_S);
  return `${exact(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

/** A share in percent; what is there but too small to show is not called nothing. */
export function percent(share: number): string {
  const value = share * 100;
  if (value === 0) return "0 %";
  if (value < 0.005) return "< 0.01 %";
  return `${value.toFixed(value < 10 ? 2 : 1)} %`;
}

const BYTE_UNITS = ["kB", "MB", "GB", "TB", "PB"] as const;

export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  const power = Math.min(Math.floor(Math.log10(count) / 3), BYTE_UNITS.length);
  return `${short(count / 1000 ** power)} ${BYTE_UNITS[power - 1]}`;
}

/** `2026-03-01T10:00:00.000Z` as `2026-03-01 10:00:00 UTC`; any other text stays as it is. */
export function instant(iso: string): Markup {
  const [, day, time] = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.\d+)?Z$/.exec(iso) ?? [];
  return day ? html`<time datetime="${iso}">${day} ${time} UTC</time>` : html`${iso}`;
}

/** Of so many values one lies beyond the percentile; with fewer it would only repeat the maximum. */
const VALUES_NEEDED = { p50: 2, p90: 10, p95: 20, p99: 100, p99_9: 1000, max: 1 } as const;

export type Percentile = keyof typeof VALUES_NEEDED;

export const PERCENTILE_NAMES: Readonly<Record<Percentile, string>> = {
  p50: "p50",
  p90: "p90",
  p95: "p95",
  p99: "p99",
  p99_9: "p99.9",
  max: "max",
};

export function isSupported(percentile: Percentile, values: number): boolean {
  return values >= VALUES_NEEDED[percentile];
}

/** A percentile, or a dash that says why there is none. */
export function percentileOf(latency: Latency, percentile: Percentile): Markup {
  const value = latency[percentile];
  if (latency.count === 0 || value === null) return html`<abbr title="nothing was measured">–</abbr>`;
  if (isSupported(percentile, latency.count)) return html`${duration(value)}`;
  const needed = exact(VALUES_NEEDED[percentile]);
  const why = `${PERCENTILE_NAMES[percentile]} needs ${needed} values; there are ${exact(latency.count)}`;
  return html`<abbr title="${why}">–</abbr>`;
}
