/** What an aggregator's settings say of processors: those of every run. */

import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { formatProblem, pathText } from "../protocol/config/problems.ts";
import { checkProcessors } from "../protocol/config/processor-semantics.ts";
import { type ProcessorConfig, Processors } from "../protocol/config/processors.ts";
import { LogburstError, messageOf } from "../protocol/errors.ts";

const SettingsFile = z.strictObject({ processors: Processors });
/** Whoever has more has mistaken the file. */
const MAX_FILE_CHARS = 100_000;

/** The processors of every run, from a file in YAML. @throws LogburstError `bad_config` */
export function readProcessorsFile(file: string | undefined): ProcessorConfig[] {
  if (file === undefined) return [];
  const parsed = SettingsFile.safeParse(readYaml(file));
  const problems = parsed.success
    ? checkProcessors(parsed.data.processors, ["processors"]).map(({ path, message, remedy }) => ({
        ...{ path: pathText(path), message, remedy },
      }))
    : parsed.error.issues.map(({ path, message }) => ({
        ...{ path: pathText(path as (string | number)[]), message, remedy: "correct it" },
      }));
  if (parsed.success && problems.length === 0) return parsed.data.processors;
  const words = problems.map((problem) => formatProblem(problem, file)).join("\n");
  throw new LogburstError("bad_config", `LOGBURST_PROCESSORS_FILE has problems:\n${words}`, {
    remedies: ["write it as `processors:` of a config"],
  });
}

/** The parser cites what it read, which may be a secret: its words are left out. */
function readYaml(file: string): unknown {
  try {
    const text = readFileSync(file, "utf8");
    if (text.length > MAX_FILE_CHARS) throw new Error("it is too large");
    return parseQuietly(text);
  } catch (cause) {
    throw new LogburstError("bad_config", `LOGBURST_PROCESSORS_FILE, ${file}: ${messageOf(cause)}`, {
      remedies: ["name a YAML file with a list `processors`"],
    });
  }
}

function parseQuietly(text: string): unknown {
  try {
    return parse(text);
  } catch {
    throw new Error("it is not YAML");
  }
}
