/** Reads a config file: overrides are made, CSV columns are put in its place, and every problem names its line. */

import { readFileSync, readSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "csv-parse/sync";
import { formatProblem, type Problem } from "../../libs/protocol/config/problems.ts";
import { QUERY_LIMITS, type Variable } from "../../libs/protocol/config/queries.ts";
import { MAX_CONFIG_BYTES, type Override, readConfig } from "../../libs/protocol/config/read.ts";
import type { BenchmarkConfig, ConfigDocument } from "../../libs/protocol/config/schema.ts";
import { LogburstError, messageOf } from "../../libs/protocol/errors.ts";

/** A config file with problems, each as one line for the terminal. */
export class BadConfigFile extends LogburstError {
  readonly lines: readonly string[];

  constructor(file: string, problems: readonly Problem[]) {
    super("bad_config", `${file} has ${problems.length} problem(s)`);
    this.lines = problems.map((problem) => formatProblem(problem, file));
  }
}

export interface ReadFile {
  readonly config: BenchmarkConfig;
  /** As it may be submitted: no file of this machine is needed any more. */
  readonly document: ConfigDocument;
}

/** @param text what the file says; read where it is not given */
export function readConfigFile(
  file: string,
  overrides: readonly Override[],
  text: string = readText(file),
): ReadFile {
  const read = readConfig(text, overrides);
  if (!read.ok) throw new BadConfigFile(file, read.problems);
  const document = withColumns(file, read.document);
  const whole = readConfig(JSON.stringify(document));
  if (!whole.ok) throw new BadConfigFile(file, whole.problems);
  return { config: whole.config, document };
}

/** A config that needs no file beside its own. @throws BadConfigFile */
export function withColumns(file: string, config: ConfigDocument): ConfigDocument {
  const document = structuredClone(config);
  const folder = dirname(resolve(file));
  const { spec } = document;
  const problems = [
    ...inlineColumns(spec.variables, "spec.variables", folder),
    ...spec.queries.flatMap((query, index) =>
      inlineColumns(query.variables, `spec.queries[${index}].variables`, folder),
    ),
  ];
  if (problems.length > 0) throw new BadConfigFile(file, problems);
  return document;
}

/** In place of a file's name: what comes in. */
export const STANDARD_INPUT = "-";
const STANDARD_INPUT_FILE = 0;

export function readText(file: string): string {
  try {
    if (file === STANDARD_INPUT) return readStandardInput();
    if (statSync(file).size > MAX_CONFIG_BYTES)
      throw new Error(`it is larger than ${MAX_CONFIG_BYTES} bytes`);
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new LogburstError("bad_config", `${file} cannot be read: ${messageOf(cause)}`, {
      remedies: ["name a config file; config/ has some to begin with"],
      cause,
    });
  }
}

/** How soon to look again where nothing has come in yet: a pipe of another program's is not waited for by reading it. */
const INPUT_POLL_MS = 10;

function readStandardInput(): string {
  const parts: Buffer[] = [];
  const part = Buffer.alloc(64 * 1024);
  for (let bytes = 0; bytes <= MAX_CONFIG_BYTES; ) {
    const read = readOrWait(part);
    if (read === 0) return Buffer.concat(parts).toString("utf8");
    bytes += read ?? 0;
    if (read !== undefined) parts.push(Buffer.from(part.subarray(0, read)));
  }
  throw new Error(`it is larger than ${MAX_CONFIG_BYTES} bytes`);
}

/** @returns how much came in; nothing where one has to look again */
function readOrWait(part: Buffer): number | undefined {
  try {
    return readSync(STANDARD_INPUT_FILE, part);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, INPUT_POLL_MS);
    return undefined;
  }
}

/** Puts the values of CSV columns in the place of their files' names. */
function inlineColumns(
  variables: Record<string, Partial<Variable>> | undefined,
  path: string,
  folder: string,
): Problem[] {
  const problems: Problem[] = [];
  for (const [name, variable] of Object.entries(variables ?? {})) {
    if (!variable.csv) continue;
    const { file, column } = variable.csv;
    try {
      variable.list = columnOf(readFileSync(resolve(folder, file), "utf8"), column);
      delete variable.csv;
    } catch (error) {
      problems.push({
        path: `${path}.${name}.csv`,
        message: `${file}: ${messageOf(error)}`,
        remedy: "name a CSV file with a header line, beside the config, and one of its columns",
      });
    }
  }
  return problems;
}

function columnOf(text: string, column: string): string[] {
  const rows = parse(text, { columns: true, bom: true, skip_empty_lines: true, trim: true }) as Record<
    string,
    string
  >[];
  const values = rows.map((row) => row[column]).filter((value) => value !== undefined);
  if (rows.length === 0) throw new Error("it has no lines");
  if (values.length === 0)
    throw new Error(`it has no column "${column}" (it has ${Object.keys(rows[0] ?? {}).join(", ")})`);
  if (values.length > QUERY_LIMITS.listValues)
    throw new Error(`it has more than ${QUERY_LIMITS.listValues} lines`);
  return values;
}
