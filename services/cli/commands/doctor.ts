/** `logburst doctor`: looks at what a run needs on this machine, and says what is missing and how to get it. */

import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connectBus } from "../../../libs/bus/connect.ts";
import { shownUrl } from "../../../libs/bus/options.ts";
import { formatProblem } from "../../../libs/protocol/config/problems.ts";
import { LogburstError, messageOf } from "../../../libs/protocol/errors.ts";
import { EXIT_CODES, type ExitCode } from "../../../libs/protocol/exit-codes.ts";
import { systemClock } from "../../../libs/runtime/clock.ts";
import { busOptionsOf, type Environment, natsUrlOf, readEnvironment } from "../../../libs/runtime/config.ts";
import { availableResources } from "../../../libs/runtime/resources.ts";
import { VERSION } from "../../../libs/runtime/version.ts";
import { readSettings } from "../../../libs/settings/read.ts";
import { readText } from "../../../libs/settings/watch-file.ts";
import { connectClient } from "../client.ts";
import { cacheFolder, findProgram, NATS_SERVER, VICTORIA_LOGS } from "../local/programs.ts";
import { stateLine } from "./settings.ts";

/** A finding: `missing` stops a local run, `note` does not. */
interface Check {
  readonly name: string;
  readonly state: "ok" | "note" | "missing";
  readonly words: string;
}

export async function doctorCommand(): Promise<ExitCode> {
  const environment = readEnvironment();
  const checks = await Promise.all([
    checkNode(),
    checkResources(),
    checkProgram(NATS_SERVER, environment, "logburst fetches it at the first local run"),
    checkProgram(VICTORIA_LOGS, environment, "logburst demo builds it when no --target is given"),
    checkNats(environment),
    checkCache(environment),
    ...(environment.LOGBURST_SETTINGS === undefined ? [] : [checkSettings(environment.LOGBURST_SETTINGS)]),
    checkInForce(environment),
  ]);
  process.stdout.write(`logburst ${VERSION}\n`);
  for (const { name, state, words } of checks) process.stdout.write(`${state.padEnd(8)} ${name}: ${words}\n`);
  return checks.some(({ state }) => state === "missing") ? EXIT_CODES.error : EXIT_CODES.passed;
}

async function checkNode(): Promise<Check> {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const isGood = major > 20 || (major === 20 && minor >= 18);
  return {
    name: "node",
    state: isGood ? "ok" : "missing",
    words: `${process.version}${isGood ? "" : "; 20.18 is the oldest that works: upgrade it"}`,
  };
}

async function checkResources(): Promise<Check> {
  const { cpuCores, memoryMb } = availableResources();
  return {
    name: "machine",
    state: cpuCores < 2 ? "note" : "ok",
    words: `${cpuCores} cores, ${memoryMb} MiB of memory`,
  };
}

async function checkProgram(
  kind: typeof NATS_SERVER,
  environment: Environment,
  otherwise: string,
): Promise<Check> {
  try {
    const program = await findProgram(kind, environment);
    if (program) return { name: kind.name, state: "ok", words: `${program.path} (${program.version})` };
    return {
      name: kind.name,
      state: "note",
      words: `not found (${kind.variable}, PATH, /usr/sbin, the cache); ${otherwise}`,
    };
  } catch (error) {
    return { name: kind.name, state: "missing", words: wordsOf(error) };
  }
}

async function checkNats(environment: Environment): Promise<Check> {
  const url = natsUrlOf(environment);
  try {
    await using bus = await connectBus(busOptionsOf(environment, "client", "logburst-doctor", url));
    return {
      name: "NATS_URL",
      state: "ok",
      words: `${shownUrl(url)}, version ${bus.serverVersion}, JetStream on`,
    };
  } catch (error) {
    const isUnsuitable = error instanceof LogburstError && error.code === "bus_unsuitable";
    return {
      name: "NATS_URL",
      state: isUnsuitable ? "missing" : "note",
      words: isUnsuitable ? wordsOf(error) : `no server at ${shownUrl(url)}; local runs start their own`,
    };
  }
}

/** The file that services of this environment would watch. */
async function checkSettings(file: string): Promise<Check> {
  const name = "LOGBURST_SETTINGS";
  try {
    const read = readSettings(await readText(file));
    if (read.ok) return { name, state: "ok", words: file };
    return { name, state: "missing", words: read.problems.map((one) => formatProblem(one, file)).join("; ") };
  } catch (error) {
    return { name, state: "missing", words: `${file}: ${messageOf(error)}` };
  }
}

/** What the leader has in force, where one leads. */
async function checkInForce(environment: Environment): Promise<Check> {
  const name = "settings";
  try {
    await using client = await connectClient(environment, natsUrlOf(environment), systemClock);
    const { in_force: state } = await client.ask("settings.get", {});
    const refused = state.refused.flatMap(({ source, problems }) =>
      problems.map((problem) => `refused ${formatProblem(problem, source)}`),
    );
    return {
      name,
      state: refused.length > 0 ? "note" : "ok",
      words: [stateLine(state), ...refused].join("; "),
    };
  } catch {
    return { name, state: "note", words: "no coordinator that leads answers there" };
  }
}

async function checkCache(environment: Environment): Promise<Check> {
  const folder = cacheFolder(environment);
  try {
    await mkdir(folder, { recursive: true });
    const probe = join(folder, `.probe-${process.pid}`);
    await writeFile(probe, "");
    await rm(probe);
    return { name: "cache", state: "ok", words: folder };
  } catch (error) {
    return {
      name: "cache",
      state: "missing",
      words: `${folder} cannot be written (${messageOf(error)}); set LOGBURST_CACHE_DIR`,
    };
  }
}

function wordsOf(error: unknown): string {
  const remedies = error instanceof LogburstError ? error.remedies : [];
  return [messageOf(error), ...remedies].join("; ");
}
