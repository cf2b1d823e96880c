/** The words that only a report has, in the language of whoever reads it. */

import { language } from "../../frame/preferences.ts";
import { filled } from "../../words/fill.ts";
import { REPORT_CHINESE } from "./chinese.ts";
import { REPORT_ENGLISH, type ReportWord } from "./english.ts";

export type { ReportWord } from "./english.ts";

const TABLES = { en: REPORT_ENGLISH, zh: REPORT_CHINESE } as const;

/** @param parts what stands in the braces; `n` where it is given alone */
export function tell(word: ReportWord, parts: string | Readonly<Record<string, string>> = {}): string {
  return filled(TABLES[language.value][word], typeof parts === "string" ? { n: parts } : parts);
}

/** A name of the protocol in words, where there are any; else as it is. */
export function tellName(prefix: string, name: string): string {
  const word = `${prefix}${name}`;
  return word in REPORT_ENGLISH ? tell(word as ReportWord) : name.replaceAll("_", " ");
}
