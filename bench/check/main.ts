/** `npm run bench:check`: fails when a bench's last entry is worse by more than a quarter than those before it. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { table } from "../support/table.ts";
import { compare, type HistoryEntry, WORST_CHANGE } from "./compare.ts";

const FOLDER = join(PACKAGE_ROOT, "bench", "history");

function entriesOf(file: string): HistoryEntry[] {
  const lines = readFileSync(join(FOLDER, file), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as HistoryEntry);
}

const files = readdirSync(FOLDER).filter((name) => name.endsWith(".jsonl"));
const compared = files.flatMap((file) => compare(entriesOf(file)).map((one) => ({ file, ...one })));
const worse = compared.filter((one) => one.worse > WORST_CHANGE);
const rows = worse.map(({ file, figure, last, before, entries, worse: by, settings }) => [
  `${file.replace(".jsonl", "")} ${figure}`,
  last.toPrecision(4),
  `${before.toPrecision(4)} of ${entries}`,
  `${(by * 100).toFixed(0)} %`,
  settings,
]);
if (rows.length > 0)
  process.stdout.write(`${table(["figure", "last", "median before", "worse by", "of"], rows)}\n\n`);
process.stdout.write(
  `${compared.length} figures compared with their history, ${worse.length} worse by more than ${WORST_CHANGE * 100} %\n`,
);
process.exitCode = worse.length > 0 ? 1 : 0;
