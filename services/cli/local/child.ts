/** Child processes of the command line: started apart from the terminal, watched, ended with it. */

import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { childEnvironment } from "../../../libs/runtime/config.ts";

export interface Child extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves with the exit's words when the process has ended. */
  readonly exited: Promise<string>;
  isAlive(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** Asks it to leave, and kills it when it does not. */
  stop(): Promise<void>;
}

/** A Node program of this package, and what it says over its channel. */
export interface NodeProgram extends Child {
  readonly messages: (listen: (message: unknown) => void) => void;
}

/** A child that does not leave by itself in this time is killed. */
const STOP_LIMIT_MS = 8000;
const SHOWN_LOG_LINES = 8;

/** Starts a Node program of this package. Its output goes to a file; a channel ties its life to this process's. */
export function startProgram(
  name: string,
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  logFile: string,
): NodeProgram {
  const log = openSync(logFile, "a");
  const child = spawn(process.execPath, [file, ...args], {
    env: childEnvironment(environment),
    stdio: ["ignore", log, log, "ipc"],
    // Not in the terminal's group: Ctrl-C is for the command line alone, which then stops the run in order.
    detached: true,
  });
  closeSync(log);
  return { ...watch(name, child, logFile), messages: (listen) => child.on("message", listen) };
}

/** Starts a server that is not ours, under a guard that ends it with this process, and that tells the server's own pid. */
export function startServer(
  name: string,
  program: string,
  args: readonly string[],
  logFile: string,
): NodeProgram {
  const guard = fileURLToPath(new URL("./guard.js", import.meta.url));
  return startProgram(name, guard, [program, ...args], {}, logFile);
}

function watch(name: string, child: ChildProcess, logFile: string): Child {
  let alive = true;
  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal ? `ended by ${signal}` : `exit code ${code}`));
  }).finally(() => {
    alive = false;
  });
  async function stop(): Promise<void> {
    if (!alive) return;
    child.kill("SIGTERM");
    const killing = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
    await exited;
    clearTimeout(killing);
  }
  return {
    name,
    pid: child.pid ?? 0,
    logFile,
    exited,
    isAlive: () => alive,
    signal: (signal) => child.kill(signal),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** A child that ended when it should not have: with the end of its log. */
export function childFailure(child: Child, how: string): LogburstError {
  const lines = readFileSync(child.logFile, "utf8").trim().split("\n").slice(-SHOWN_LOG_LINES);
  return new LogburstError("child_failed", `${child.name} ended unexpectedly (${how})\n${lines.join("\n")}`, {
    remedies: [`read its log: ${child.logFile}`],
  });
}
