/** Programs that tests alone need: kubectl, Prometheus and promtool. A missing one fails the test. */

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readEnvironment } from "../../libs/runtime/config.ts";
import { cacheFolder } from "../../services/cli/local/programs.ts";

export type Tool = "kubectl" | "prometheus" | "promtool";

export function toolPath(name: Tool): string {
  const path = join(cacheFolder(readEnvironment()), "tools", name);
  if (!existsSync(path)) throw new Error(`${name} is not there; npm test fetches it`);
  return path;
}

const OUTPUT_LIMIT_BYTES = 16 * 2 ** 20;

/** What a tool prints; a failure is an error with its words. */
export function runTool(name: Tool, args: readonly string[]): string {
  return execFileSync(toolPath(name), [...args], { encoding: "utf8", maxBuffer: OUTPUT_LIMIT_BYTES });
}

/** What a tool says on both of its outputs, and the code that it ends with. */
export function askTool(name: Tool, args: readonly string[], input = ""): { code: number; output: string } {
  const { status, stdout, stderr } = spawnSync(toolPath(name), [...args], { encoding: "utf8", input });
  return { code: status ?? -1, output: stdout + stderr };
}
