/** What whoever looks prefers: colours and language. Kept in this browser. */

import { effect, signal } from "@preact/signals";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export const LANGUAGES = ["en", "zh"] as const;
export type Language = (typeof LANGUAGES)[number];

export const ZONES = ["local", "utc"] as const;
export type Zone = (typeof ZONES)[number];

export const zone = signal<Zone>(kept("logburst.zone", ZONES) ?? "local");
export const theme = signal<Theme>(kept("logburst.theme", THEMES) ?? "system");
export const language = signal<Language>(kept("logburst.language", LANGUAGES) ?? browserLanguage());

/** Counts the changes of colours, whoever made them: what is drawn with them is drawn anew. */
export const colourChanges = signal(0);

effect(() => {
  const chosen = theme.value;
  localStorage.setItem("logburst.theme", chosen);
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  colourChanges.value = colourChanges.peek() + 1;
});

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  colourChanges.value++;
});

effect(() => {
  localStorage.setItem("logburst.language", language.value);
  document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
});

effect(() => localStorage.setItem("logburst.zone", zone.value));

/** A moment by the calendar, in the language and the time zone that are preferred. */
export function timeText(atMs: number): string {
  const options: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "medium" };
  return new Date(atMs).toLocaleString(document.documentElement.lang, {
    ...options,
    ...(zone.value === "utc" && { timeZone: "UTC" }),
  });
}

function kept<T extends string>(key: string, known: readonly T[]): T | undefined {
  const text = localStorage.getItem(key);
  return known.find((value) => value === text);
}

function browserLanguage(): Language {
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}
