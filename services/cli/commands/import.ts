/** `logburst import FILE`: makes a config of what a log says was asked, and says which lines it could not use. */

import { writeFileSync } from "node:fs";
import { stringify } from "yaml";
import { readConfig } from "../../../libs/protocol/config/read.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { EXIT_CODES, type ExitCode } from "../../../libs/protocol/exit-codes.ts";
import { count } from "../../../libs/report/words.ts";
import { readLine } from "../import/formats.ts";
import { createGathered, type Gathered } from "../import/gathered.ts";
import { linesOf, MAX_LINE_CHARS } from "../import/lines.ts";
import { readQuestion } from "../import/question.ts";
import { configOf } from "../import/workload.ts";

export interface ImportOptions {
  readonly target: string;
  readonly name: string;
  readonly rate?: number;
  readonly duration?: string;
  readonly speed: number;
  readonly queries: number;
  readonly out?: string;
}

/** Lines that are named; of the others it is said how many they are. */
const NAMED_LINES = 20;

export async function importCommand(file: string, options: ImportOptions): Promise<ExitCode> {
  const { gathered, skips } = await gather(file);
  const wishes = { ...options, targetUrl: options.target, maxQueries: options.queries };
  for (const line of skips.words()) process.stderr.write(`${line}\n`);
  const { document, kept } = configOf(gathered, wishes);
  const requests = gathered.requests();
  const left = requests - kept;
  const summary = [
    `${count(requests)} requests of ${count(gathered.asked().length)} kinds`,
    ...(left > 0 ? [`${count(left)} of rarer kinds are left out`] : []),
    `${count(skips.total())} lines skipped`,
  ].join("; ");
  const text = `# Made from a log: ${summary}.\n${stringify(document, { lineWidth: 0 })}`;
  requireValid(text);
  if (options.out === undefined) process.stdout.write(text);
  else writeFileSync(options.out, text);
  process.stderr.write(`${file}: ${summary}\n`);
  return EXIT_CODES.passed;
}

/** @returns what can be asked again, and what was skipped */
async function gather(file: string): Promise<{ gathered: Gathered; skips: Skips }> {
  const gathered = createGathered();
  const skips = createSkips(file);
  for await (const { number, text } of linesOf(file)) {
    if (text?.trim() === "") continue;
    const read = text === undefined ? TOO_LONG : readLine(text);
    const asked = read.kind === "request" ? readQuestion(read.request) : read;
    if (asked.kind === "skipped") skips.add(number, asked.why);
    else if (asked.kind === "question") {
      for (const name of asked.dropped) skips.drop(name);
      const atMs = read.kind === "request" ? read.request.atMs : undefined;
      if (!gathered.add(asked.question, atMs)) skips.add(number, "is of one kind too many");
    }
  }
  return { gathered, skips };
}

const TOO_LONG = { kind: "skipped", why: `is longer than ${MAX_LINE_CHARS} characters` } as const;

interface Skips {
  add(line: number, why: string): void;
  /** An argument is left out, and the rest of its request kept. */
  drop(name: string): void;
  total(): number;
  words(): string[];
}

function createSkips(file: string): Skips {
  const named: string[] = [];
  const reasons = new Map<string, number>();
  const dropped = new Map<string, number>();
  let total = 0;
  const addTo = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  return {
    add(line, why) {
      total++;
      if (named.length < NAMED_LINES) named.push(`${file}:${line}: ${why}`);
      else addTo(reasons, why);
    },
    drop: (name) => addTo(dropped, name),
    total: () => total,
    words: () => [
      ...named,
      ...[...reasons].map(([why, times]) => `${file}: ${count(times)} more lines: ${why}`),
      ...[...dropped].map(
        ([name, times]) => `${file}: the argument ${name} is left out, ${count(times)} times`,
      ),
    ],
  };
}

/** What it makes can be run: if not, that is a fault here, or of an option. */
function requireValid(text: string): void {
  const read = readConfig(text);
  if (read.ok) return;
  const words = read.problems.map(({ path, message }) => `${path}: ${message}`).join("; ");
  throw new LogburstError("bad_config", `the config would have problems: ${words}`, {
    remedies: ["give other options: --speed for a log that is too long, --target for its address"],
  });
}
