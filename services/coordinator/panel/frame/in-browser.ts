/** Preferences in a browser: the page follows them, and the panel keeps them for the next time. */

import { effect } from "@preact/signals";
import {
  colourChanges,
  LANGUAGE_TAGS,
  LANGUAGES,
  type Language,
  language,
  THEMES,
  theme,
  ZONES,
  zone,
} from "./preferences.ts";

/** The page is shown as it is wished for. */
export function followPreferences(): void {
  effect(() => {
    const chosen = theme.value;
    if (chosen === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
    colourChanges.value = colourChanges.peek() + 1;
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    colourChanges.value++;
  });
  effect(() => {
    document.documentElement.lang = LANGUAGE_TAGS[language.value];
  });
}

/** What was wished for here before holds again; at first the language is the browser's. */
export function keepPreferences(): void {
  theme.value = kept("logburst.theme", THEMES) ?? "system";
  language.value = kept("logburst.language", LANGUAGES) ?? browserLanguage();
  zone.value = kept("logburst.zone", ZONES) ?? "local";
  effect(() => localStorage.setItem("logburst.theme", theme.value));
  effect(() => localStorage.setItem("logburst.zone", zone.value));
  effect(() => localStorage.setItem("logburst.language", language.value));
}

function kept<T extends string>(key: string, known: readonly T[]): T | undefined {
  const text = localStorage.getItem(key);
  return known.find((value) => value === text);
}

function browserLanguage(): Language {
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}
