/** A document as YAML, as people would write it: for an editor that begins with what is there. Pure. */

/** Texts that YAML reads as what they are; all others are quoted. */
const PLAIN = /^[A-Za-z_/][A-Za-z0-9_./ -]*$/;
/** Words that YAML reads as something else, whatever the case. */
const WORDS = /^(true|false|null|yes|no|on|off|y|n|~)$/i;

export function yamlOf(document: unknown): string {
  return `${blockOf(document, 0).replace(/^\n/, "")}\n`;
}

/** What stands behind a key, or behind the dash of a list: on the same line, or on lines of its own. */
function blockOf(value: unknown, depth: number): string {
  if (Array.isArray(value)) return value.length === 0 ? "[]" : listOf(value, depth);
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    return entries.length === 0 ? "{}" : mapOf(entries, depth);
  }
  return scalarOf(value);
}

function mapOf(entries: readonly (readonly [string, unknown])[], depth: number): string {
  return entries
    .map(([key, value]) => `\n${"  ".repeat(depth)}${scalarOf(key)}:${spaced(blockOf(value, depth + 1))}`)
    .join("");
}

function listOf(values: readonly unknown[], depth: number): string {
  const indent = "  ".repeat(depth);
  return values
    .map((value) => {
      const block = blockOf(value, depth + 1);
      // The first line of a map or list stands behind the dash.
      return block.startsWith("\n") ? `\n${indent}- ${block.trimStart()}` : `\n${indent}- ${block}`;
    })
    .join("");
}

function spaced(block: string): string {
  return block.startsWith("\n") ? block : ` ${block}`;
}

function scalarOf(value: unknown): string {
  if (typeof value !== "string") return value === undefined ? "null" : JSON.stringify(value);
  const isPlain = PLAIN.test(value) && !WORDS.test(value) && !value.endsWith(" ");
  return isPlain ? value : JSON.stringify(value);
}
