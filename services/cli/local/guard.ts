/**
 * Runs a server that is not ours as a child, and ends it with its parent, however that ends: when the channel to the
 * parent closes, the server is stopped. Usage: node guard.js PROGRAM [ARGUMENT…]
 */

import { spawn } from "node:child_process";
import { whenOrphaned } from "../../../libs/runtime/process.ts";

/** A server that has not left by then is killed. */
const STOP_LIMIT_MS = 5000;

const [program = "", ...args] = process.argv.slice(2);
const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit"] });

function stop(): void {
  child.kill("SIGTERM");
  setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS).unref();
}

child.on("error", (error) => {
  process.stderr.write(`${program}: ${error.message}\n`);
  process.exit(1);
});
child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
whenOrphaned(stop);
process.on("SIGTERM", stop);
process.on("SIGINT", () => undefined);
process.send?.({ pid: child.pid });
