/** What a page of HTML says, for tests: its text, its tags, its sections. */

/** Names of all tags in their order: what a text cannot change unless it became markup. */
export function tagsOf(page: string): string[] {
  return page.match(/<\/?[a-z!][a-z0-9]*/gi) ?? [];
}

const CHARACTERS: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&amp;": "&",
};

/** The page without its script, its styles and the figures for the script: what a browser shows by itself. */
export function markupOf(page: string): string {
  return page.replace(/<(style|script)\b.*?<\/\1>/gs, "");
}

/** What is read in markup. */
export function textOf(markup: string): string {
  const text = markup.replace(/<[^>]*>/g, "");
  return text.replace(/&[a-z0-9#]+;/g, (entity) => CHARACTERS[entity] ?? entity);
}

export function sectionOf(page: string, id: string): string {
  const [, ...sections] = markupOf(page).split('<section id="');
  return sections.find((section) => section.startsWith(`${id}"`))?.replace(/^[^>]*>/, "") ?? "";
}

/** The cells of each row of a section's tables, the first one too. */
export function rowsOf(section: string): string[][] {
  const rows = section.match(/<tr\b.*?<\/tr>/gs) ?? [];
  return rows.map((row) => (row.match(/<t[hd]\b.*?<\/t[hd]>/gs) ?? []).map(textOf));
}
