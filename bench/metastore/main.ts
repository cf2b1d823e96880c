/**
 * `npm run metastore`: the five workloads of MetaStore's report on a real etcd, with its data on disk and in memory in turns, to
 * the end, as a table and as a comparison.
 */

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { messageOf } from "../../libs/protocol/errors.ts";
import type { Report } from "../../libs/protocol/report.ts";
import { isoTime, systemClock } from "../../libs/runtime/clock.ts";
import { readEnvironment } from "../../libs/runtime/config.ts";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { readConfigFile } from "../../services/cli/config-file.ts";
import { type Etcd, startEtcd } from "../../services/cli/local/etcd.ts";
import { cacheFolder, ETCD, obtainProgram } from "../../services/cli/local/programs.ts";
import { type System, startSystem } from "../../test/support/system.ts";
import { machineText } from "../support/machine.ts";
import { comparisonPage, notesOf, tableOf } from "./page.ts";
import { type Round, type Store, WORKLOADS, type Workload } from "./rows.ts";

/** Where Linux keeps files in memory. */
const MEMORY = "/dev/shm";
/** Both stores are asked the same. */
const SEED = "1";
const FOLDER = join(PACKAGE_ROOT, "config", "metastore");

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "3" },
      only: { type: "string", default: WORKLOADS.join(",") },
      workers: { type: "string", default: "2" },
      out: { type: "string", default: join("results", "metastore") },
    },
  });
  const only = WORKLOADS.filter((name) => values.only.split(",").includes(name));
  const [rounds, workers] = [Number(values.rounds), Number(values.workers)];
  if (only.length === 0 || !(rounds >= 1) || !(workers >= 1))
    throw new RangeError(`--rounds and --workers are 1 or more, --only some of ${WORKLOADS.join(", ")}`);
  return { rounds, workers, only, out: values.out };
}

/** A store under its name, with its data in a folder of its own. */
interface Running extends AsyncDisposable {
  readonly name: string;
  readonly etcd: Etcd;
  readonly rounds: Round[];
}

async function startStore(name: string, program: string, parent: string): Promise<Running> {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "logburst-etcd-"));
  const etcd = await startEtcd(program, folder, systemClock);
  return {
    name,
    etcd,
    rounds: [],
    async [Symbol.asyncDispose]() {
      await etcd[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @returns undefined where the run did not come to its end; the others go on */
async function runWorkload(system: System, workload: Workload, url: string): Promise<Report | undefined> {
  const overrides = [
    { path: "target.url", value: JSON.stringify(url) },
    { path: "seed", value: SEED },
  ];
  const { document } = readConfigFile(join(FOLDER, `${workload}.yaml`), overrides);
  try {
    return (await system.run(document)).report;
  } catch (error) {
    say(`${workload}: ${messageOf(error)}`);
    return undefined;
  }
}

async function runRound(
  system: System,
  { name, etcd, rounds }: Running,
  only: readonly Workload[],
  out: string,
) {
  const round: Partial<Record<Workload, Report>> = {};
  for (const workload of only) {
    const report = await runWorkload(system, workload, etcd.url);
    if (!report) continue;
    round[workload] = report;
    writeFileSync(join(out, `${name}-${rounds.length + 1}-${workload}.json`), JSON.stringify(report));
    const { ledger, duration_ms: ms, verdict, verdict_reasons: reasons } = report;
    say(
      `${name}, round ${rounds.length + 1}: ${workload}: ${ledger.ok} of ${ledger.planned} in ${(ms / 1000).toFixed(1)} s, ${[verdict, ...reasons].join("; ")}`,
    );
  }
  rounds.push(round);
}

/** What must hold whatever a store is like. */
function faultsIn({ name, rounds }: Store, only: readonly Workload[]): string[] {
  return rounds.flatMap((round, at) =>
    only.flatMap((workload) => {
      const report = round[workload];
      const where = `${name}, round ${at + 1}, ${workload}`;
      if (!report) return [`${where}: not run to its end`];
      const { checks = [], cleaned, failure } = report.aftercare ?? {};
      return [
        ...(report.ledger_balanced ? [] : [`${where}: the books do not balance`]),
        ...(checks.every(({ holds }) => holds) ? [] : [`${where}: the counters are not what was committed`]),
        ...(cleaned?.left === 0 ? [] : [`${where}: not cleaned (${failure ?? "keys are left"})`]),
        ...(workload !== "mixed" || hasItsMix(report)
          ? []
          : [`${where}: the mix is off by more than a point`]),
      ];
    }),
  );
}

function hasItsMix({ queries }: Report): boolean {
  return queries.every(({ share_target: wanted, share_actual: got }) => Math.abs(wanted - got) <= 0.01);
}

const { rounds, workers, only, out } = readOptions();
const environment = readEnvironment();
const { path, version } = await obtainProgram(ETCD, environment);
const machine = `${machineText()}, etcd ${version}, one member`;
mkdirSync(out, { recursive: true });
say(machine);
await using disk = await startStore("disk", path, cacheFolder(environment));
await using memory = await startStore("memory", path, existsSync(MEMORY) ? MEMORY : tmpdir());
await using system = await startSystem({ workers });
for (let round = 0; round < rounds; round++) {
  // Whichever goes first has the machine as the other one left it.
  for (const store of round % 2 === 0 ? [disk, memory] : [memory, disk])
    await runRound(system, store, only, out);
}
for (const store of [disk, memory])
  say(["", `etcd on ${store.name}, last round`, tableOf(store), ...notesOf(store)].join("\n"));
const file = join(out, "comparison.md");
writeFileSync(file, comparisonPage(disk, memory, `${machine}, ${isoTime(systemClock.nowMs())}`));
say(`\n${file}`);
const faults = [disk, memory].flatMap((store) => faultsIn(store, only));
for (const fault of faults) say(`WRONG: ${fault}`);
process.exitCode = faults.length > 0 ? 1 : 0;
