/** How many columns text takes on a terminal, and what becomes of text that has fewer. */

import { stripVTControlCharacters } from "node:util";

const CHARACTERS = new Intl.Segmenter("en", { granularity: "grapheme" });
const ASCII = /^[\x20-\x7e]*$/;
/** Characters of East Asian scripts, and pictures: two columns each. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** Columns of a text; colours take none. */
export function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of CHARACTERS.segment(stripVTControlCharacters(text))) width += columnsOf(segment);
  return width;
}

function columnsOf(character: string): number {
  return WIDE.test(character) ? 2 : 1;
}

/** A text without colours, cut to a width; a point of suspension stands for the rest. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  return `${begin(text, Math.max(0, width - 1))}…`;
}

/** As much of a text without colours as has place. */
function begin(text: string, width: number): string {
  let used = 0;
  let end = 0;
  for (const { segment, index } of CHARACTERS.segment(text)) {
    used += columnsOf(segment);
    if (used > width) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}

/** Spaces that a text needs to fill a width. */
export function filling(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - widthOf(text)));
}

/** Words so narrow that each has place on a line: one without a gap is broken where the line ends. */
export function narrowWords(text: string, width: number): string[] {
  return text.split(" ").flatMap((word) => {
    const pieces: string[] = [];
    let rest = word;
    // A word with colours is one of ours, and short.
    while (widthOf(rest) > width && stripVTControlCharacters(rest) === rest) {
      const piece = begin(rest, Math.max(width, 2));
      pieces.push(piece);
      rest = rest.slice(piece.length);
    }
    return [...pieces, rest];
  });
}
