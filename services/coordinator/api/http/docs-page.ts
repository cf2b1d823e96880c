/** The API's documentation as one page that needs nothing else: no script, nothing from elsewhere. */

import type { Json } from "../../../../libs/protocol/verbs/documents.ts";

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required: boolean;
  readonly description?: string;
  readonly schema: Json;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Json };
  readonly responses: Readonly<Record<string, { readonly content?: Json }>>;
}

interface Place {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
code, pre { font-family: ui-monospace, monospace; font-size: 13px; }
pre { overflow: auto; padding: .6rem; border: 1px solid #8885; border-radius: 4px; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .2rem .6rem .2rem 0; vertical-align: top; }
section { border-top: 1px solid #8885; margin-top: 1.5rem; } summary { cursor: pointer; }
.method { font-weight: 700; text-transform: uppercase; } :root { color-scheme: light dark; }`;

export function docsPage(document: Json): string {
  const places = placesOf(document);
  const schemas = (document.components as { schemas: Record<string, Json> }).schemas;
  const { title, version, description } = document.info as Record<string, string>;
  const tags = [...new Set(places.map(({ operation }) => operation.tags[0] ?? ""))];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${inHtml(title)} API</title><style>${STYLE}</style></head><body>
<h1>${inHtml(title)} API ${inHtml(version)}</h1>
<p>${inHtml(description)} As documents: <a href="/openapi.json">OpenAPI</a>, <a href="/asyncapi.json">AsyncAPI</a>.</p>
<nav><ul>${places.map(({ path, method, operation }) => `<li><a href="#${inHtml(operation.operationId)}"><code>${method.toUpperCase()} ${inHtml(path)}</code></a> ${inHtml(operation.summary)}</li>`).join("\n")}</ul></nav>
${tags
  .map(
    (tag) =>
      `<h2>${inHtml(tag)}</h2>${places
        .filter(({ operation }) => operation.tags[0] === tag)
        .map(section)
        .join("\n")}`,
  )
  .join("\n")}
<h2>schemas</h2>
${Object.entries(schemas)
  .map(
    ([name, schema]) =>
      `<details id="schema-${inHtml(name)}"><summary><code>${inHtml(name)}</code></summary>${jsonOf(schema)}</details>`,
  )
  .join("\n")}
</body></html>
`;
}

function placesOf(document: Json): Place[] {
  const paths = document.paths as Record<string, Record<string, Operation>>;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
}

function section({ path, method, operation }: Place): string {
  const { operationId, summary, parameters, requestBody, responses } = operation;
  const body = requestBody ? `<h4>Body</h4>${contentOf(requestBody.content)}` : "";
  const rows = parameters.map(rowOf).join("");
  return `<section id="${inHtml(operationId)}"><h3><span class="method">${method}</span> <code>${inHtml(path)}</code></h3>
<p>${inHtml(summary)}</p>${rows === "" ? "" : `<table>${rows}</table>`}${body}
${Object.entries(responses)
  .map(([status, { content }]) =>
    status === "default"
      ? `<p>Else: <a href="#schema-ProblemDocument">a problem document</a></p>`
      : `<h4>${status}</h4>${content ? contentOf(content) : ""}`,
  )
  .join("")}</section>`;
}

function rowOf({ in: place, name, required, description = "", schema }: Parameter): string {
  const {
    type = "",
    enum: values,
    default: standard,
  } = schema as { type?: string; enum?: string[]; default?: unknown };
  const words = [
    required ? "needed" : "",
    values ? values.join(", ") : String(type),
    standard === undefined ? "" : `${JSON.stringify(standard)} when not given`,
  ];
  return `<tr><td><code>${inHtml(name)}</code></td><td>${inHtml(place)}</td><td>${inHtml(words.filter((word) => word !== "").join("; "))}</td><td>${inHtml(description)}</td></tr>`;
}

function contentOf(content: Json): string {
  return Object.entries(content)
    .map(
      ([type, media]) =>
        `<p><code>${inHtml(type)}</code> ${schemaOf((media as { schema: Json }).schema)}</p>`,
    )
    .join("");
}

function schemaOf(schema: Json): string {
  if (typeof schema.$ref === "string") {
    const name = schema.$ref.split("/").at(-1) ?? "";
    return `<a href="#schema-${inHtml(name)}">${inHtml(name)}</a>`;
  }
  return "properties" in schema ? jsonOf(schema) : inHtml(String(schema.type ?? ""));
}

const jsonOf = (schema: Json) => `<pre>${inHtml(JSON.stringify(schema, null, 2))}</pre>`;

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function inHtml(text = ""): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? "");
}
