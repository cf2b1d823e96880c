/** Markup that escapes by default: whatever is put into a template is text, unless a template made it. */

/** Known to this file alone, so that nothing read from a report can pass for markup. */
const MARKUP = Symbol("markup");

export interface Markup {
  readonly [MARKUP]: string;
}

/** What a template takes; nothing is shown for what is absent. */
export type Part = string | number | Markup | readonly Markup[] | null | undefined;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** The template tag. There is no way around it: markup is only what stands in the source of a template. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const text = strings.reduce((page, literal, index) => page + escapePart(parts[index - 1]) + literal);
  return { [MARKUP]: text };
}

export const NOTHING = html``;

export function toPage(markup: Markup): string {
  return markup[MARKUP];
}

/** Puts something between parts, as `join` does for text. */
export function joined(parts: readonly Markup[], between: Markup): Markup {
  return html`${parts.flatMap((part, index) => (index === 0 ? [part] : [between, part]))}`;
}

function escapePart(part: Part): string {
  if (part === null || part === undefined) return "";
  if (typeof part !== "object") return String(part).replace(/[&<>"']/g, (mark) => ENTITIES[mark] ?? "");
  return isList(part) ? part.map((markup) => markup[MARKUP]).join("") : part[MARKUP];
}

function isList(part: Markup | readonly Markup[]): part is readonly Markup[] {
  return Array.isArray(part);
}
