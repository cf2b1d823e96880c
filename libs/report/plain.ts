/** What text for a terminal is made of: colours, and columns side by side. */

/** How words are coloured; each function may give its text back as it is. */
export interface Palette {
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  strong(text: string): string;
  dim(text: string): string;
}

const plain = (text: string) => text;
export const NO_COLORS: Palette = { good: plain, bad: plain, warn: plain, strong: plain, dim: plain };

/** Columns side by side: the first to the left, figures to the right. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const lines = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  return lines.map((line) =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
}
