/**
 * Schemas as a Kubernetes API wants them of a custom resource: every part has its one type, unions have none. What a union can be
 * is merged where all of it are objects, and else left open: the coordinator validates the config anyway, and says more.
 */

type Schema = Readonly<Record<string, unknown>>;

/** Parts of a schema that hold no further schemas and mean the same in both. */
const KEPT = [
  ...["type", "description", "enum", "pattern", "minLength", "maxLength", "minItems", "maxItems"],
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "required"],
] as const;

/** Whatever it is, it is kept as it was written. */
const OPEN = { "x-kubernetes-preserve-unknown-fields": true } as const;

/** @param schema in the dialect of OpenAPI 3.0, without references */
export function structural(schema: Schema): Schema {
  const union = (schema.anyOf ?? schema.oneOf) as readonly Schema[] | undefined;
  const described = schema.description === undefined ? {} : { description: schema.description };
  if (union !== undefined) return { ...unionOf(union), ...described };
  if (schema.type === undefined) return { ...OPEN, ...described };
  const kept = Object.fromEntries(
    KEPT.filter((key) => schema[key] !== undefined).map((key) => [key, schema[key]]),
  );
  const { properties, items, additionalProperties } = schema as {
    properties?: Record<string, Schema>;
    items?: Schema;
    additionalProperties?: Schema | boolean;
  };
  return {
    ...kept,
    ...(properties && { properties: mapped(properties) }),
    ...(items && { items: structural(items) }),
    ...(typeof additionalProperties === "object" && {
      additionalProperties: structural(additionalProperties),
    }),
  };
}

function mapped(properties: Readonly<Record<string, Schema>>): Record<string, Schema> {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, structural(schema)]));
}

function unionOf(alternatives: readonly Schema[]): Schema {
  if (!alternatives.every(({ type }) => type === "object")) return OPEN;
  const parts = alternatives.map((schema) => structural(schema) as ObjectSchema);
  const [first, ...rest] = parts;
  const required = (first?.required ?? []).filter((name) =>
    rest.every((part) => part.required?.includes(name)),
  );
  const properties: Record<string, Schema> = {};
  for (const part of parts)
    for (const [name, schema] of Object.entries(part.properties ?? {}))
      properties[name] = name in properties ? either(properties[name] as Schema, schema) : schema;
  return { type: "object", properties, ...(required.length > 0 && { required }) };
}

type ObjectSchema = Schema & {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
};

/** One property of two alternatives. */
function either(one: Schema, other: Schema): Schema {
  if (JSON.stringify(one) === JSON.stringify(other)) return one;
  const isChoice = (schema: Schema): schema is Schema & { enum: unknown[] } =>
    schema.type === "string" && Array.isArray(schema.enum);
  if (isChoice(one) && isChoice(other)) return { ...one, enum: [...new Set([...one.enum, ...other.enum])] };
  return one.type !== undefined && one.type === other.type && one.type !== "object"
    ? { type: one.type }
    : OPEN;
}
