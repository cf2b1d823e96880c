/** Text that flows: parts that stay whole, on as many lines as they need. */

import type { Terminal } from "./terminal.ts";
import { filling, narrowWords, widthOf } from "./width.ts";

/** Labels are this wide, so that what they are labels of stands below one another. */
const LABEL_WIDTH = 11;
/** Narrower than that nothing can be read. */
const LEAST_ROOM = 20;

/** A gap that is not in front of a unit: a figure and its unit stay together. */
const WORD_GAP = / (?!(?:ms|s|m|h|%|[KMGT]?B)(?:[\s,;:)]|$))/;

/** A text as parts. */
export function wordsOf(text: string): string[] {
  return text.split(WORD_GAP);
}

/** Parts one behind another, each whole unless it has no place on a line of its own. */
export function flow(parts: readonly string[], width: number): string[] {
  const room = Math.max(LEAST_ROOM, width);
  const lines: string[] = [];
  let line: string | undefined;
  for (const part of parts.flatMap((whole) => (widthOf(whole) > room ? narrowWords(whole, room) : [whole]))) {
    if (line !== undefined && widthOf(line) + 1 + widthOf(part) <= room) line += ` ${part}`;
    else {
      if (line !== undefined) lines.push(line);
      line = part.trimStart();
    }
  }
  return line === undefined ? lines : [...lines, line];
}

/** The same below an indentation. */
export function indented(parts: readonly string[], { width }: Terminal, indent: string): string[] {
  return flow(parts, width - indent.length).map((line) => `${indent}${line}`);
}

/** A label, and what it is a label of: a text of words, or parts that stay whole. */
export function labelled(label: string, what: string | readonly string[], { width }: Terminal): string[] {
  const parts = typeof what === "string" ? wordsOf(what) : what;
  return flow(parts, width - LABEL_WIDTH).map(
    (line, index) =>
      `${index === 0 ? `${label}${filling(label, LABEL_WIDTH)}` : " ".repeat(LABEL_WIDTH)}${line}`,
  );
}

/** Parts of a list with what stands between them. */
export function separated(parts: readonly string[], separator = ","): string[] {
  return parts.map((part, index) => (index < parts.length - 1 ? `${part}${separator}` : part));
}
