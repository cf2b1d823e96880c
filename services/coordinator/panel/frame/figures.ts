/** Figures as the panel shows them: those of the report's words, with a dash where nothing is known. Pure. */

import { count, durationText, milliseconds, percent } from "../../../../libs/report/words.ts";

export const NOTHING = "–";

export function countText(value: number | undefined): string {
  return value === undefined ? NOTHING : count(value);
}

/** Events per second, without their unit. */
export function rateText(perSecond: number | undefined): string {
  if (perSecond === undefined) return NOTHING;
  return perSecond >= 100 ? count(perSecond) : perSecond.toFixed(1);
}

export function latencyText(valueMs: number | null | undefined): string {
  return valueMs === null || valueMs === undefined ? NOTHING : milliseconds(valueMs);
}

/** What is there but too small to show is not called nothing. */
export function shareText(share: number | undefined): string {
  if (share === undefined) return NOTHING;
  if (share === 0) return "0 %";
  return share < 0.00005 ? "< 0.01 %" : percent(share, 2);
}

export function decimalText(value: number | undefined, digits: number): string {
  return value === undefined ? NOTHING : value.toFixed(digits);
}

/** A whole length of time, for ages and countdowns: 45 s, 3 m 20 s, 2 h 5 m, 3 d. */
export function spanText(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  const hours = Math.floor(seconds / 3600);
  return hours < 48 ? durationText(seconds * 1000) : `${Math.floor(hours / 24)} d`;
}

/** A time of the run, as the axes of charts show it: 0:05, 12:40, 1:02:03; muster comes before the beginning. */
export function clockText(runS: number): string {
  const whole = Math.abs(Math.round(runS));
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  const text = hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
  return runS <= -0.5 ? `−${text}` : text;
}
