/** A JSON Schema as a form sees it: what kind of field each part is. Pure. */

export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
}

/** `any`: what has no form of its own is written as JSON. */
export type FieldKind = "object" | "list" | "choice" | "enum" | "number" | "flag" | "text" | "length" | "any";

export function kindOf(schema: JsonSchema): FieldKind {
  if (schema.anyOf || schema.oneOf) return "choice";
  if (schema.enum || schema.const !== undefined) return "enum";
  if (Array.isArray(schema.type)) return "length";
  switch (schema.type) {
    case "object":
      return schema.properties ? "object" : "any";
    case "array":
      return schema.items ? "list" : "any";
    case "number":
    case "integer":
      return "number";
    case "boolean":
      return "flag";
    case "string":
      return "text";
    default:
      return "any";
  }
}

export function choicesOf(schema: JsonSchema): readonly JsonSchema[] {
  return schema.anyOf ?? schema.oneOf ?? [];
}

/** What a choice is called: by the value that tells it apart, else by its type. */
export function choiceName(schema: JsonSchema): string {
  const marks = Object.values(schema.properties ?? {}).flatMap((each) => each.const ?? []);
  return marks.length > 0 ? String(marks[0]) : String(schema.type ?? "");
}

/** The choice that a value was made by. */
export function chosenOf(schema: JsonSchema, value: unknown): JsonSchema | undefined {
  const choices = choicesOf(schema);
  return choices.find((choice) => fits(choice, value)) ?? choices[0];
}

function fits(schema: JsonSchema, value: unknown): boolean {
  if (schema.type === "string") return typeof value === "string";
  if (typeof value !== "object" || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  const marks = Object.entries(schema.properties ?? {}).filter(([, each]) => each.const !== undefined);
  return marks.every(([name, each]) => fields[name] === each.const);
}

/** The least that a field begins with. */
export function initialOf(schema: JsonSchema): unknown {
  if (schema.default !== undefined) return schema.default;
  const kind = kindOf(schema);
  switch (kind) {
    case "object":
      return Object.fromEntries(
        (schema.required ?? []).map((name) => [name, initialOf(schema.properties?.[name] ?? {})]),
      );
    case "list":
      return schema.items ? [initialOf(schema.items)] : [];
    case "choice":
      return initialOf(choicesOf(schema)[0] ?? {});
    case "enum":
      return schema.const ?? schema.enum?.[0];
    case "number":
      return Math.max(1, schema.minimum ?? 1);
    case "flag":
      return false;
    case "length":
      return "30s";
    case "text":
      return "";
    case "any":
      return {};
    default:
      return kind satisfies never;
  }
}

/** A length of time is a number of seconds, or a text such as 90s. */
export function lengthOf(text: string): string | number {
  return /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text.trim();
}
