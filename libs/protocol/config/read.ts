/** From a config's text to a validated config, or to the list of its problems with line and column. */

import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument, type YAMLMap } from "yaml";
import { explain, type Finding, type Path, type Problem, pathText, pointerTo } from "./problems.ts";
import { asRun, type BenchmarkConfig, type ConfigDocument, WrittenConfig } from "./schema.ts";
import { checkSemantics } from "./semantics.ts";

/** The largest config text: above it lies the bus's message limit. */
export const MAX_CONFIG_BYTES = 512 * 1024;

/** One slip of the pen can make many errors of syntax; the first ones tell. */
const MAX_SYNTAX_PROBLEMS = 5;

/** One change of a config from outside: `workload.duration` and its new value, as YAML. */
export interface Override {
  path: string;
  value: string;
}

/** What a document was found to be, or what is wrong with it. */
export type Validated<T> = ({ ok: true } & T) | { ok: false; findings: Finding[] };
/** The same with the places in the text. */
export type Read<T> = ({ ok: true } & T) | { ok: false; problems: Problem[] };

type ValidConfig = { config: BenchmarkConfig; document: ConfigDocument };
export type ReadConfig = Read<ValidConfig>;

/** Reads YAML, and so JSON too. Overrides are made before anything is checked. */
export function readConfig(text: string, overrides: readonly Override[] = []): ReadConfig {
  return readDocument(text, overrides, validateConfig);
}

/** Reads a document of any kind. */
export function readDocument<T>(
  text: string,
  overrides: readonly Override[],
  validate: (document: unknown) => Validated<T>,
): Read<T> {
  if (Buffer.byteLength(text) > MAX_CONFIG_BYTES) {
    return oneProblem(
      `is larger than ${MAX_CONFIG_BYTES} bytes`,
      "shorten its lists, or use random variables",
    );
  }
  const written = overrides.length === 0 ? writtenByProgram(text) : undefined;
  const quick = written === undefined ? undefined : validate(written);
  if (quick?.ok) return quick;
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (yaml.errors.length > 0) {
    return {
      ok: false,
      problems: yaml.errors.slice(0, MAX_SYNTAX_PROBLEMS).map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        const message = withoutCitation(error.message);
        return { line, column: col, path: "(YAML)", message, remedy: "correct the syntax" };
      }),
    };
  }
  if (!isMap(yaml.contents))
    return oneProblem("is not a mapping", "begin with apiVersion, kind, metadata and spec");
  for (const override of overrides) {
    const problem = applyOverride(yaml, override);
    if (problem) return { ok: false, problems: [problem] };
  }
  let document: unknown;
  try {
    document = yaml.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return /excessive/i.test((error as Error).message)
      ? oneProblem("grows too large by its aliases", "use fewer of them")
      : oneProblem("has an alias (*) without an anchor (&) before it", "set the anchor, or quote the text");
  }
  const read = validate(document);
  if (read.ok) return read;
  return { ok: false, problems: read.findings.map((finding) => locate(finding, yaml, lines)) };
}

/** JSON as programs write it, in which no key stands twice: what is good of it need not be read for its places. */
function writtenByProgram(text: string): unknown {
  if (!text.startsWith("{")) return undefined;
  try {
    const document: unknown = JSON.parse(text);
    return JSON.stringify(document) === text ? document : undefined;
  } catch {
    return undefined;
  }
}

/** Validates a config that is already an object. */
export function validateConfig(document: unknown): Validated<ValidConfig> {
  const parsed = WrittenConfig.safeParse(document);
  if (!parsed.success) return { ok: false, findings: explain(parsed.error, document) };
  const findings = checkSemantics(parsed.data);
  if (findings.length > 0) return { ok: false, findings };
  return { ok: true, config: asRun(parsed.data), document: document as ConfigDocument };
}

/** Where in a text that can be read what was found stands. */
export function locateIn(text: string, findings: readonly Finding[]): Problem[] {
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  return findings.map((finding) => locate(finding, yaml, lines));
}

/** The parser's words without the text that it cites, which may be a secret. */
function withoutCitation(message: string): string {
  return message.replace(/(?<=\w): .*$| [\\!].*$/s, "");
}

function oneProblem(message: string, remedy: string): { ok: false; problems: Problem[] } {
  return { ok: false, problems: [{ path: "(config)", message, remedy }] };
}

/** Adds line and column: of the value, of the key that is not known, or of the mapping that misses something. */
function locate(finding: Finding, yaml: Document, lines: LineCounter): Problem {
  const { path, message, remedy } = finding;
  const offset = (finding.atKey ? keyOffset(yaml, path) : undefined) ?? nearestOffset(yaml, path);
  const at = offset === undefined ? {} : position(lines, offset);
  return { ...at, path: pathText(path) || "(config)", pointer: pointerTo(path), message, remedy };
}

function position(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

function keyOffset(yaml: Document, path: Path): number | undefined {
  const parent = path.length > 1 ? yaml.getIn(path.slice(0, -1), true) : yaml.contents;
  if (!isMap(parent)) return undefined;
  const pair = (parent as YAMLMap).items.find((item) => isScalar(item.key) && item.key.value === path.at(-1));
  return (pair?.key as Node | undefined)?.range?.[0];
}

/** Where the value stands; of what is missing, where the nearest thing around it begins. */
function nearestOffset(yaml: Document, path: Path): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const part = path.slice(0, length);
    const node = yaml.getIn(part, true) as Node | undefined;
    if (!node) continue;
    const isMissingChild = length < path.length;
    const offset = isMissingChild ? keyOffset(yaml, part) : node.range?.[0];
    if (offset !== undefined) return offset ?? undefined;
    if (node.range) return node.range[0];
  }
  return yaml.contents?.range?.[0];
}

/** Sets one value; a path may leave out the leading `spec`. */
function applyOverride(yaml: Document, { path: written, value }: Override): Problem | undefined {
  const keys = written.split(".").filter((key) => key !== "");
  if (keys.length === 0) {
    return {
      path: "--set",
      message: `"${written}" names nothing`,
      remedy: "write path=value, such as workload.duration=30s",
    };
  }
  const top = keys[0] as string;
  const path = ["apiVersion", "kind", "metadata", "spec"].includes(top) ? keys : ["spec", ...keys];
  const parsed = parseValue(value);
  if (!parsed) return { path: `--set ${written}`, message: "the value is not YAML", remedy: "quote it" };
  const typed = path.map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  try {
    yaml.setIn(typed, yaml.createNode(parsed.value));
  } catch {
    return {
      path: `--set ${written}`,
      message: "leads through something that is not a mapping or a list",
      remedy: "name a path of the config",
    };
  }
  return undefined;
}

function parseValue(text: string): { value: unknown } | undefined {
  const yaml = parseDocument(text, { prettyErrors: false });
  if (yaml.errors.length > 0) return undefined;
  try {
    return { value: yaml.toJS() };
  } catch {
    return undefined;
  }
}
