/** What text is written to: how wide it is, and how words are coloured there. */

/** How words are coloured; each function may give its text back as it is. */
export interface Palette {
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  strong(text: string): string;
  dim(text: string): string;
}

export interface Terminal {
  readonly palette: Palette;
  /** Columns that a line may have; without end where lines are read by programs. */
  readonly width: number;
}

const plain = (text: string) => text;
const NO_COLORS: Palette = { good: plain, bad: plain, warn: plain, strong: plain, dim: plain };

/** A pipe or a file: no colours, and lines as long as they come. */
export const PIPE: Terminal = { palette: NO_COLORS, width: Number.POSITIVE_INFINITY };
