/** What the documents about the API have in common. */

export type Json = Record<string, unknown>;

/** A schema that has a name in the document. */
export const refTo = (id: string) => `#/components/schemas/${id}`;

/** A schema as a part of a document that says itself which dialect it is in. */
export function bare({ $schema, $id, ...rest }: Json): Json {
  return rest;
}

/** `node.list` as `NodeList`. */
export function titled(name: string): string {
  return name.replaceAll(/(^|\.)(\w)/g, (_match, _dot, letter: string) => letter.toUpperCase());
}
