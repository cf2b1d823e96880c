/** Figures of the page: those that the terminal shows too, and markup for zeros, times and missing percentiles. */

import type { Latency } from "../../protocol/report.ts";
import { count, milliseconds, percent, SAMPLES_FOR } from "../words.ts";
import { html, type Markup } from "./text.ts";

const GROUPED = new Intl.NumberFormat("en-US", { maximumFractionDigits: 3 });

/** A number with all its digits, down to thousandths, so that what is added up on the page adds up. */
export function exact(value: number): string {
  return GROUPED.format(value);
}

/** A count in a table: zeros step back, so that what did happen is seen. */
export function tally(value: number): Markup {
  return value === 0 ? html`<span class="zero">0</span>` : html`${count(value)}`;
}

/** A share in percent; what is there but too small to show is not called nothing. */
export function shareText(share: number): string {
  if (share === 0) return "0 %";
  return share < 0.00005 ? "< 0.01 %" : percent(share, 2);
}

/** `2026-03-01T10:00:00.000Z` as `2026-03-01 10:00:00 UTC`; any other text stays as it is. */
export function instant(iso: string): Markup {
  const [, day, time] = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.\d+)?Z$/.exec(iso) ?? [];
  return day ? html`<time datetime="${iso}">${day} ${time} UTC</time>` : html`${iso}`;
}

export type Percentile = keyof typeof SAMPLES_FOR;

export const PERCENTILE_NAMES: Readonly<Record<Percentile, string>> = {
  p50: "p50",
  p90: "p90",
  p95: "p95",
  p99: "p99",
  p99_9: "p99.9",
  max: "max",
};

export function isSupported(percentile: Percentile, values: number): boolean {
  return values >= SAMPLES_FOR[percentile];
}

/** A percentile, or a dash that says why there is none. */
export function percentileOf(latency: Latency, percentile: Percentile): Markup {
  const value = latency[percentile];
  if (latency.count === 0 || value === null) return html`<abbr title="nothing was measured">–</abbr>`;
  if (isSupported(percentile, latency.count)) return html`${milliseconds(value)}`;
  const needed = count(SAMPLES_FOR[percentile]);
  const why = `${PERCENTILE_NAMES[percentile]} needs ${needed} values; there are ${count(latency.count)}`;
  return html`<abbr title="${why}">–</abbr>`;
}
