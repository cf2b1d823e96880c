/** Finds the servers that a local system runs on, and fetches those that are missing. */

import { execFile, spawn } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import type { Environment } from "../../../libs/runtime/config.ts";
import { PACKAGE_ROOT } from "../../../libs/runtime/version.ts";

const run = promisify(execFile);

export interface Program {
  readonly path: string;
  readonly version: string;
}

export interface ProgramKind {
  readonly name: string;
  readonly variable: "NATS_SERVER_BIN" | "VICTORIA_LOGS_BIN" | "ETCD_BIN" | "CHROMIUM_BIN";
  readonly versionArgs: readonly string[];
  /** The version that its own words tell. */
  readonly readVersion: (output: string) => string;
  readonly isGoodEnough: (version: string) => boolean;
  readonly wanted: string;
  readonly script: string;
  readonly otherRemedy: string;
}

export const NATS_SERVER: ProgramKind = {
  name: "nats-server",
  variable: "NATS_SERVER_BIN",
  versionArgs: ["--version"],
  readVersion: (output) => /v(\d+\.\d+\.\d+)/.exec(output)?.[1] ?? "",
  isGoodEnough(version) {
    const [major = 0, minor = 0] = version.split(".").map(Number);
    return major > 2 || (major === 2 && minor >= 10);
  },
  wanted: "2.10 or later",
  script: "get-nats-server.sh",
  otherRemedy: "or use a running server with JetStream: NATS_URL=nats://host:4222",
};

export const VICTORIA_LOGS: ProgramKind = {
  name: "victoria-logs",
  variable: "VICTORIA_LOGS_BIN",
  versionArgs: ["-version"],
  readVersion: (output) => output.trim().split("\n")[0] ?? "",
  isGoodEnough: (version) => version.includes("victoria-logs"),
  wanted: "any version",
  script: "build-victoria-logs.sh",
  otherRemedy: "or use a running server: --target http://host:9428",
};

export const ETCD: ProgramKind = {
  name: "etcd",
  variable: "ETCD_BIN",
  versionArgs: ["--version"],
  readVersion: (output) => /etcd Version: (\d+\.\d+\.\d+)/.exec(output)?.[1] ?? "",
  isGoodEnough(version) {
    const [major = 0, minor = 0] = version.split(".").map(Number);
    return major > 3 || (major === 3 && minor >= 4);
  },
  wanted: "3.4 or later",
  script: "get-etcd.sh",
  otherRemedy: "or use a running server: --target http://host:2379",
};

/** Folders that an ordinary user's PATH may leave out, but where packages put servers. */
const MORE_FOLDERS = [
  "/usr/sbin",
  "/usr/local/bin",
  "/usr/local/sbin",
  "/opt/homebrew/bin",
  join(homedir(), "go", "bin"),
];

/** Where fetched programs are kept: beside this package, unless the environment says otherwise. */
export function cacheFolder(environment: Environment): string {
  return environment.LOGBURST_CACHE_DIR ?? join(PACKAGE_ROOT, ".cache");
}

/**
 * Finds a program: the one that the environment names and no other, else on PATH and where packages put it, else in the
 * cache. One that is named and not good enough is an error, never silently replaced.
 */
export async function findProgram(kind: ProgramKind, environment: Environment): Promise<Program | undefined> {
  const named = environment[kind.variable];
  if (named !== undefined) {
    const program = await probe(kind, named);
    if (program) return program;
    throw new LogburstError(
      "server_not_found",
      `${kind.variable} names ${named}, which is not a ${kind.name} of ${kind.wanted}`,
      {
        remedies: [`correct or unset ${kind.variable}`],
      },
    );
  }
  const folders = [
    ...environment.PATH.split(delimiter).filter(Boolean),
    ...MORE_FOLDERS,
    join(cacheFolder(environment), kind.name),
  ];
  for (const folder of folders) {
    const program = await probe(kind, join(folder, kind.name));
    if (program) return program;
  }
  return undefined;
}

async function probe(kind: ProgramKind, path: string): Promise<Program | undefined> {
  try {
    await access(path, constants.X_OK);
    const { stdout, stderr } = await run(path, [...kind.versionArgs], { timeout: 10_000 });
    const version = kind.readVersion(stdout + stderr);
    return version !== "" && kind.isGoodEnough(version) ? { path, version } : undefined;
  } catch {
    return undefined;
  }
}

/** Finds a program or fetches it into the cache with its script, whose progress goes to stderr. */
export async function obtainProgram(kind: ProgramKind, environment: Environment): Promise<Program> {
  const found = await findProgram(kind, environment);
  if (found) return found;
  const code = await runScript(kind, join(cacheFolder(environment), kind.name));
  const fetched = code === 0 ? await findProgram(kind, environment) : undefined;
  if (fetched) return fetched;
  throw new LogburstError(
    "server_not_found",
    `${kind.name} (${kind.wanted}) was not found, and could not be fetched`,
    {
      remedies: [
        `install it and put it on PATH, or name it: ${kind.variable}=/path/to/${kind.name}`,
        kind.otherRemedy,
        `or see what its script says: ${join("deploy", "local", kind.script)} FOLDER`,
      ],
    },
  );
}

function runScript(kind: ProgramKind, folder: string): Promise<number> {
  const script = join(PACKAGE_ROOT, "deploy", "local", kind.script);
  return new Promise((resolve) => {
    const child = spawn("bash", [script, folder], { stdio: ["ignore", 2, 2] });
    child.once("error", () => resolve(1));
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
