/** `npm run chaos`: drives every fault on real processes and prints what became of the books. */

import { parseArgs } from "node:util";
import { startTarget } from "../support/servers.ts";
import { casesOf, FAULTS, runCases } from "./suite.ts";
import { header, lineOf, type Row } from "./table.ts";

const USAGE = `npm run chaos -- [--seed N] [--only TEXT,TEXT…] [--model open|closed|count] [--rounds N] [--at-once N] [--short]
  --seed     of the load and of the moments at which faults strike (1)
  --only     faults whose names hold this text, or one of several with commas between them
  --model    runs of this model alone
  --rounds   how often, each time with the next seed (1)
  --at-once  rows that run side by side, each on a system of its own (1)
  --short    each fault once, with its first model
  --secure   TLS between all parts, and everybody by key with no more than their role may do`;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
    model: { type: "string" },
    rounds: { type: "string", default: "1" },
    "at-once": { type: "string", default: "1" },
    short: { type: "boolean", default: false },
    secure: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

function wholeNumber(name: "seed" | "rounds" | "at-once"): number {
  const number = Number(values[name]);
  if (Number.isInteger(number) && number > 0) return number;
  throw new Error(`--${name} ${values[name]} is not a whole number above 0`);
}

async function main(): Promise<number> {
  const faults = FAULTS.filter(({ name }) => values.only.split(",").some((text) => name.includes(text))).map(
    (fault) => ({ ...fault, setup: { ...fault.setup, isSecured: values.secure } }),
  );
  const cases = casesOf(faults, wholeNumber("seed"), wholeNumber("rounds"), values.short).filter(
    ({ model }) => values.model === undefined || model === values.model,
  );
  if (cases.length === 0)
    throw new Error(`no fault fits; there are: ${FAULTS.map(({ name }) => name).join(", ")}`);
  await using target = await startTarget(1000);
  const wrong: Row[] = [];
  console.log(header());
  await runCases(cases, wholeNumber("at-once"), target.url, (row) => {
    console.log(lineOf(row));
    for (const complaint of row.complaints) console.log(`  ${complaint} (seed ${row.seed})`);
    if (row.complaints.length > 0) wrong.push(row);
  });
  console.log(`\n${cases.length - wrong.length} of ${cases.length} rows hold`);
  return wrong.length === 0 ? 0 : 1;
}

if (values.help) console.log(USAGE);
else process.exitCode = await main();
