/** `logburst settings|audit`: what is set for all services, what is in force, and who set what. */

import { readFileSync } from "node:fs";
import type { AuditEntry } from "../../../libs/protocol/audit.ts";
import { formatProblem } from "../../../libs/protocol/config/problems.ts";
import { LogburstError, messageOf } from "../../../libs/protocol/errors.ts";
import { EXIT_CODES, type ExitCode } from "../../../libs/protocol/exit-codes.ts";
import type { SettingsState } from "../../../libs/protocol/verbs/settings.ts";
import type { AnswerOf } from "../../../libs/protocol/verbs/table.ts";
import { isoTime } from "../../../libs/runtime/clock.ts";
import { readSettings } from "../../../libs/settings/read.ts";
import { type AskOptions, askSystem } from "../ask-system.ts";
import { columns } from "../columns.ts";
import { BadConfigFile } from "../config-file.ts";

export async function settingsCommand(
  file: string | undefined,
  options: AskOptions & { check: boolean },
): Promise<ExitCode> {
  if (file === undefined) return askSystem(options, (client) => client.ask("settings.get", {}), linesOf);
  const spec = settingsIn(file);
  if (!options.check) {
    return askSystem(
      options,
      (client) => client.ask("settings.set", { spec }),
      ({ revision }) => [`${file}: set for all services, revision ${revision}`],
    );
  }
  process.stdout.write(`${file}: ok\n`);
  return EXIT_CODES.passed;
}

/** @throws BadConfigFile with each problem and its line */
function settingsIn(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new LogburstError("bad_config", `${file} cannot be read: ${messageOf(cause)}`, {
      remedies: ["name a file of settings"],
      cause,
    });
  }
  const read = readSettings(text);
  if (!read.ok) throw new BadConfigFile(file, read.problems);
  return { ...read.spec };
}

function linesOf({ in_force, stored }: AnswerOf<"settings.get">): string[] {
  const { settings, sources } = in_force;
  return [
    stateLine(in_force),
    ...columns(
      ["SETTING", "VALUE", "FROM"],
      Object.entries(settings).map(([name, value]) => [name, JSON.stringify(value), sources[name] ?? ""]),
    ),
    stored === undefined
      ? "nothing is set for all services"
      : `set for all services, revision ${stored.revision}, by ${stored.by ?? "somebody"}: ${JSON.stringify(stored.spec)}`,
    ...in_force.refused.flatMap(({ source, problems }) =>
      problems.map((problem) => `refused: ${formatProblem(problem, source)}`),
    ),
  ];
}

/** Which settings are in force where. */
export function stateLine({ node, version, hash, since_ms }: SettingsState): string {
  return `${node}: version ${version}, ${hash}, since ${isoTime(since_ms)}`;
}

export function auditCommand(options: AskOptions & { limit: number }): Promise<ExitCode> {
  const { limit } = options;
  return askSystem(
    options,
    (client) => client.ask("audit.list", { limit }),
    ({ entries }) => entries.map(({ entry }) => entryLine(entry)),
  );
}

function entryLine(entry: AuditEntry): string {
  return `${isoTime(entry.at_ms)} ${entry.node} ${entry.type} ${entry.where} by ${entry.by}: ${wordsOf(entry)}`;
}

function wordsOf(entry: AuditEntry): string {
  switch (entry.type) {
    case "settings_applied":
      return `version ${entry.version} ${entry.hash}; ${entry.changes
        .map(
          ({ key, from, to }) =>
            `${key} ${JSON.stringify(from) ?? "unset"} -> ${JSON.stringify(to) ?? "unset"}`,
        )
        .join(", ")}`;
    case "settings_refused":
      return entry.problems.map((problem) => formatProblem(problem, entry.where)).join(", ");
    case "credentials_applied":
      return "read again";
    case "credentials_refused":
      return entry.reason;
    default:
      return entry satisfies never;
  }
}
