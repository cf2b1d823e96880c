/** What whoever looks prefers: colours and language. */

import { signal } from "@preact/signals";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export const LANGUAGES = ["en", "zh"] as const;
export type Language = (typeof LANGUAGES)[number];

export const ZONES = ["local", "utc"] as const;
export type Zone = (typeof ZONES)[number];

export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: "English", zh: "中文" };

/** As documents name them. */
export const LANGUAGE_TAGS: Readonly<Record<Language, string>> = { en: "en", zh: "zh-CN" };

export const zone = signal<Zone>("local");
export const theme = signal<Theme>("system");
export const language = signal<Language>("en");

/** Counts the changes of colours, whoever made them: what is drawn with them is drawn anew. */
export const colourChanges = signal(0);

/** A moment by the calendar, in the language and the time zone that are preferred. */
export function timeText(atMs: number): string {
  const options: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "medium" };
  return new Date(atMs).toLocaleString(LANGUAGE_TAGS[language.value], {
    ...options,
    ...(zone.value === "utc" && { timeZone: "UTC" }),
  });
}
