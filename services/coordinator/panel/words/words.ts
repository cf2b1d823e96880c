/** The panel's words in the language of whoever looks. */

import { language } from "../frame/preferences.ts";
import { CHINESE } from "./chinese.ts";
import { ENGLISH, type Word } from "./english.ts";
import { filled } from "./fill.ts";

export type { Word } from "./english.ts";

const TABLES = { en: ENGLISH, zh: CHINESE } as const;

/** @param parts what stands in the braces; `n` where it is given alone */
export function say(word: Word, parts?: string | Readonly<Record<string, string>>): string {
  const text = TABLES[language.value][word];
  return parts === undefined ? text : filled(text, typeof parts === "string" ? { n: parts } : parts);
}

/** A name of the protocol in words, where there are any; else as it is. */
export function sayName(prefix: string, name: string): string {
  const word = `${prefix}${name}`;
  return word in ENGLISH ? say(word as Word) : name.replaceAll("_", " ");
}
