/** What is wrong with a config, in words: what, the value, where, and the remedy. */

import { z } from "zod";
import { LogburstError } from "../errors.ts";
import { nearest } from "./nearest.ts";
import { configJsonSchema } from "./schema.ts";

export type Path = readonly (string | number)[];

/** A problem before it is known where in the text it stands. */
export interface Finding {
  path: Path;
  message: string;
  remedy: string;
  /** The problem is the key itself, not its value. */
  atKey?: boolean;
}

export function finding(path: Path, message: string, remedy: string): Finding {
  return { path, message, remedy };
}

export const Problem = z.object({
  line: z.number().int().optional(),
  column: z.number().int().optional(),
  path: z.string(),
  /** The same path as a JSON pointer (RFC 6901), where there is one. */
  pointer: z.string().optional(),
  message: z.string(),
  remedy: z.string(),
});
export type Problem = z.infer<typeof Problem>;

/** A problem as one line for a terminal: `file:12:3 spec.workload.duration: … (remedy)`. */
export function formatProblem(problem: Problem, file: string): string {
  const where = problem.line === undefined ? file : `${file}:${problem.line}:${problem.column ?? 1}`;
  return `${where} ${problem.path}: ${problem.message}; ${problem.remedy}`;
}

export function pathText(path: Path): string {
  return path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text ? `${text}.${key}` : key),
    "",
  );
}

/** A path as a JSON pointer in a URI fragment; half a character, which has no place in one, as the sign for what is none. */
export function pointerTo(path: Path): string {
  const steps = path.map((key) =>
    encodeURIComponent(String(key).toWellFormed().replaceAll("~", "~0").replaceAll("/", "~1")),
  );
  return `#${steps.map((step) => `/${step}`).join("")}`;
}

/** The path that a JSON pointer in a URI fragment means: a step of digits is an index. */
export function pathOf(pointer: string): Path {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}

/** The value at a path, as far as the path can be followed. */
function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path) {
    if (value === null || typeof value !== "object") return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

/** Below these no message shows a value: it is a secret, or what was mistaken for one. */
const SECRET_KEYS = /^(auth|tls|headers|(token|password|value|secret|url)(_from)?)$/;
/** Below them, these are no secrets. */
const PUBLIC_KEYS = /^(type|name|username|server_name)$/;
/** An address may carry a password; so may what stands in the place of one of two targets. */
const ADDRESS_KEYS = /^(targets?|urls?)$/;
const SHOWN_VALUE_CHARS = 60;

function isHidden(path: Path): boolean {
  const last = String(path.at(-1));
  return (
    ADDRESS_KEYS.test(last) ||
    path.at(-2) === "targets" ||
    (path.some((key) => SECRET_KEYS.test(String(key))) && !PUBLIC_KEYS.test(last))
  );
}

/** A value in words. What has parts is not spelled out: a secret may be among them. */
function show(value: unknown, path: Path): string {
  if (Array.isArray(value)) return "this list";
  if (value !== null && typeof value === "object") return "this mapping";
  if (isHidden(path)) return "the value (hidden)";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_VALUE_CHARS ? `${text.slice(0, SHOWN_VALUE_CHARS)}…` : text;
}

/** Turns what zod found into findings. @param schema the JSON Schema that knows the keys */
export function explain(error: z.ZodError, input: unknown, schema: GiveSchema = configJsonSchema): Finding[] {
  return error.issues.flatMap((issue) => explainIssue(issue as z.core.$ZodIssue, input, schema));
}

type GiveSchema = () => Record<string, unknown>;

function explainIssue(issue: z.core.$ZodIssue, input: unknown, schema: GiveSchema): Finding[] {
  const path = issue.path as Path;
  const value = valueAt(input, path);
  const shown = show(value, path);
  if (value === undefined && issue.code !== "unrecognized_keys" && issue.code !== "custom") {
    return [{ path, message: "is missing", remedy: `add it${expected(issue)}` }];
  }
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(path, key, schema));
    case "invalid_type":
      return [
        {
          path,
          message: `${shown} is not ${aOrAn(issue.expected)}`,
          remedy: `write ${aOrAn(issue.expected)}`,
        },
      ];
    case "invalid_value":
      return [{ path, message: `${shown} is not known`, remedy: `write ${oneOf(issue.values, value)}` }];
    case "too_small":
      return [
        {
          path,
          message: `${shown} is too small`,
          remedy: `write ${bound(issue.origin, issue.inclusive === false ? "more than" : "at least", issue.minimum)}`,
        },
      ];
    case "too_big":
      return [
        {
          path,
          message: `${shown} is too large`,
          remedy: `write ${bound(issue.origin, issue.inclusive === false ? "less than" : "at most", issue.maximum)}`,
        },
      ];
    case "invalid_format":
      return [
        {
          path,
          message: `${shown} has the wrong form`,
          remedy: `write text that ${form(issue)}`,
        },
      ];
    case "invalid_key":
      return issue.issues.map((inner) => ({
        path,
        atKey: true,
        message: "is not a possible key",
        remedy: `write a key that ${form(inner)}`,
      }));
    case "invalid_union": {
      const meant = meantBranch(issue);
      if (meant) return meant.flatMap((inner) => explainIssue(beneath(path, inner), input, schema));
      return [union(issue, path, shown, value)];
    }
    case "custom":
      return [
        { path, message: `${shown} ${issue.message}`, remedy: String(issue.params?.remedy ?? "correct it") },
      ];
    default:
      return [{ path, message: `${shown}: ${issue.message}`, remedy: "correct it" }];
  }
}

/** What is wrong with a value that may be of several types, once it is of one of them. */
function meantBranch({ errors }: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | undefined {
  const fitting = errors.filter((branch) =>
    branch.every(({ code, path }) => code !== "invalid_type" || path.length > 0),
  );
  return fitting.length === 1 ? fitting[0] : undefined;
}

function beneath(path: Path, issue: z.core.$ZodIssue): z.core.$ZodIssue {
  return { ...issue, path: [...path, ...issue.path] };
}

/** What has a syntax of its own, by what is said of anything else in its place. */
const OWN_SYNTAX: Readonly<Record<string, string>> = {
  "is not a duration": "write seconds (600) or text such as 10m, 1h30m, 500ms",
  "is not a threshold": "write text such as p(99) < 500ms, or a mapping with metric: p(99) < 500ms",
};

function union(issue: z.core.$ZodIssueInvalidUnion, path: Path, shown: string, value: unknown): Finding {
  const options = (issue as { options?: readonly string[] }).options;
  if (options) return { path, message: `${shown} is not known`, remedy: `write ${oneOf(options, value)}` };
  const remedy = OWN_SYNTAX[issue.message];
  if (remedy) return { path, message: `${shown} ${issue.message}`, remedy };
  if (/_from$/.test(String(path.at(-1)))) {
    return { path, message: `${shown} does not name a secret`, remedy: "write {env: NAME} or {file: /path}" };
  }
  return { path, message: `${shown} has the wrong type`, remedy: "write text, a number, or true or false" };
}

function expected(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") return ` as ${aOrAn(issue.expected)}`;
  if (issue.code === "invalid_value") return ` as ${oneOf(issue.values, undefined)}`;
  if (issue.code === "invalid_union" && "options" in issue)
    return ` as ${oneOf(issue.options as readonly string[], undefined)}`;
  return "";
}

const WORDS: Readonly<Record<string, string>> = {
  object: "a mapping",
  record: "a mapping",
  array: "a list",
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
};

function aOrAn(type: string): string {
  return WORDS[type] ?? type;
}

function bound(origin: string, words: string, limit: number | bigint): string {
  if (origin === "array") return `${words} ${limit} entries`;
  if (origin === "string") return `${words} ${limit} characters`;
  return `${words} ${limit}`;
}

/** What the form of a text is to be, in words. */
function form(issue: object): string {
  const { pattern, prefix, format } = issue as { pattern?: unknown; prefix?: unknown; format?: unknown };
  if (prefix !== undefined) return `begins with ${prefix}`;
  return `matches ${pattern ?? format}`;
}

export function oneOf(values: readonly unknown[], given: unknown): string {
  const words = values.map(String);
  const near = typeof given === "string" ? nearest(given, words) : undefined;
  if (near) return `${near} (known: ${words.join(", ")})`;
  return words.length === 1 ? String(words[0]) : `one of ${words.join(", ")}`;
}

function unknownKey(path: Path, key: string, schema: GiveSchema): Finding {
  const known = knownKeys(path, schema);
  const near = nearest(key, known);
  return {
    path: [...path, key],
    atKey: true,
    message: "is not a known key",
    remedy: near ? `did you mean ${near}?` : `remove it, or write one of ${known.join(", ")}`,
  };
}

/** The keys that the schema knows at a path; read from the JSON Schema, which is plain data. */
export function knownKeys(path: Path, schema: GiveSchema = configJsonSchema): string[] {
  let nodes: SchemaNode[] = [schema() as SchemaNode];
  for (const key of path) {
    nodes = nodes.flatMap(alternatives).flatMap((node) => {
      if (typeof key === "number") return node.items ? [node.items] : [];
      const child = node.properties?.[key] ?? node.additionalProperties;
      return child && typeof child === "object" ? [child] : [];
    });
  }
  return [...new Set(nodes.flatMap(alternatives).flatMap((node) => Object.keys(node.properties ?? {})))];
}

interface SchemaNode {
  properties?: Record<string, SchemaNode>;
  items?: SchemaNode;
  additionalProperties?: SchemaNode | boolean;
  anyOf?: SchemaNode[];
  oneOf?: SchemaNode[];
}

function alternatives(node: SchemaNode): SchemaNode[] {
  return node.anyOf ?? node.oneOf ?? [node];
}

/** A config was refused because of its problems. */
export class ConfigProblems extends LogburstError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const [first] = problems;
    super(
      "bad_config",
      `the config has ${problems.length} problem(s): ${first ? `${first.path}: ${first.message}` : ""}`,
    );
    this.problems = problems;
  }
}
