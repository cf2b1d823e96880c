/** Puts what is to be filled in into a word. Pure. */

export function filled(word: string, parts: Readonly<Record<string, string>>): string {
  return word.replace(/\{(\w+)\}/g, (hole, name: string) => parts[name] ?? hole);
}
