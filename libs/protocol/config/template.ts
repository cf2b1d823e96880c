/** The template language of queries: `{{ name }}` stands for a variable, quoted for LogsQL; `{{ name | raw }}` for its bare text. */

import { VARIABLE_NAME } from "./queries.ts";

export type TemplatePart = { kind: "text"; text: string } | { kind: "variable"; name: string; raw: boolean };

export type ParsedTemplate = { ok: true; parts: TemplatePart[] } | { ok: false; message: string };

/** Cuts a template into text and variables; braces that do not close and malformed names are errors. */
export function parseTemplate(template: string): ParsedTemplate {
  const parts: TemplatePart[] = [];
  let position = 0;
  while (position < template.length) {
    const open = template.indexOf("{{", position);
    if (open < 0) break;
    const close = template.indexOf("}}", open + 2);
    if (close < 0) return { ok: false, message: `has a "{{" at character ${open + 1} that is never closed` };
    const inside = template.slice(open + 2, close).trim();
    const [name = "", filter, ...rest] = inside.split("|").map((word) => word.trim());
    if (!VARIABLE_NAME.test(name) || rest.length > 0 || (filter !== undefined && filter !== "raw")) {
      return {
        ok: false,
        message: `has "{{ ${inside} }}", which is neither {{ name }} nor {{ name | raw }}`,
      };
    }
    if (open > position) parts.push({ kind: "text", text: template.slice(position, open) });
    parts.push({ kind: "variable", name, raw: filter === "raw" });
    position = close + 2;
  }
  if (position < template.length) parts.push({ kind: "text", text: template.slice(position) });
  return { ok: true, parts };
}
