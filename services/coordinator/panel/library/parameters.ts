/** The parameters of a scenario's document, as a form asks for them. Pure. */

export interface Parameter {
  readonly name: string;
  readonly hint: string;
  readonly isNeeded: boolean;
}

/** Suites and plans give values to those of their scenarios themselves. */
export function parametersOf(document: Readonly<Record<string, unknown>>): Parameter[] {
  const { parameters } = fieldsOf(document.spec);
  if (document.kind !== "Scenario") return [];
  return Object.entries(fieldsOf(parameters)).map(([name, written]) => {
    const { path, default: usual, description } = fieldsOf(written);
    const parts = [description, path, usual === undefined ? undefined : `= ${JSON.stringify(usual)}`];
    return {
      name,
      hint: parts.filter((part) => part !== undefined).join(" · "),
      isNeeded: usual === undefined,
    };
  });
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

/** What was typed as what it looks like: a number, true, a list; else as a text. */
export function typedValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
