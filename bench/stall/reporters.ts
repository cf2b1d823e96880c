/** Who is asked what the 99th percentile was: each runs for the whole time against the target, and says it in its own way. */

import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { API_VERSION } from "../../libs/protocol/config/schema.ts";
import { Report } from "../../libs/protocol/report.ts";
import { childEnvironment } from "../../libs/runtime/config.ts";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { BODY, CONTENT_TYPE, PATH, QUERY, writeAsked } from "../worker/queries.ts";
import type { Tools } from "../worker/tools.ts";
import type { Stall } from "./truth.ts";

const CONNECTIONS = 64;

/** What a tool says, in milliseconds. */
export interface Said {
  readonly p99Ms: number;
  /** What it calls service time, where it tells the two apart. */
  readonly serviceP99Ms?: number;
}

export interface Reporter {
  readonly name: string;
  readonly what: string;
  ask(url: string): Promise<Said>;
}

/** What a program writes; it may exit as it likes as long as it says what is asked. */
function output(command: readonly string[], environment: Record<string, string> = {}): Promise<string> {
  const [program = "", ...args] = command;
  return new Promise((resolve) => {
    const options = { env: childEnvironment(environment), maxBuffer: 2 ** 26 };
    execFile(program, args, options, (_error, stdout) => resolve(stdout));
  });
}

function numberIn(text: string, pattern: RegExp): number {
  const [, value, unit] = pattern.exec(text) ?? [];
  if (value === undefined) throw new Error(`no 99th percentile is in\n${text}`);
  return Number(value) * ({ us: 0.001, s: 1000, secs: 1000 }[unit ?? "ms"] ?? 1);
}

function logburst(stall: Stall, folder: string): Reporter {
  return {
    name: "logburst run",
    what: `a whole system, two workers, ${stall.ratePerS}/s`,
    async ask(url) {
      const file = join(folder, "stall.json");
      const spec = {
        target: { url },
        workload: { model: "open", target_qps: stall.ratePerS, duration: stall.seconds },
        queries: [{ name: "rows", template: QUERY, variables: { level: { list: ["error", "warn"] } } }],
      };
      const config = { apiVersion: API_VERSION, kind: "BenchmarkConfig", metadata: { name: "stall" }, spec };
      writeFileSync(file, JSON.stringify(config));
      const program = join(PACKAGE_ROOT, "dist", "bin", "logburst.js");
      const args = ["run", file, "--local", "--workers", "2", "--json"];
      const report = Report.parse(JSON.parse(await output([process.execPath, program, ...args])));
      const { response_ms: response, service_ms: service, ledger } = report.totals;
      if (ledger.ok !== stall.ratePerS * stall.seconds) throw new Error(`only ${ledger.ok} queries were ok`);
      return { p99Ms: response.p99 ?? Number.NaN, serviceP99Ms: service.p99 ?? Number.NaN };
    },
  };
}

/** Those of others, as far as they are there. */
function peers(tools: Tools, { seconds, ratePerS }: Stall, folder: string): Reporter[] {
  const found: Reporter[] = [];
  const libraries = { LD_LIBRARY_PATH: tools.libraries };
  const { bodyFile, wrkScript: script } = writeAsked(folder);
  const add = (
    name: string,
    what: string,
    program: string,
    args: readonly string[],
    read: (text: string) => number,
    ...before: string[]
  ) => {
    const path = tools.path(program);
    if (path === undefined) return;
    const ask = async (url: string) => ({
      p99Ms: read(await output([...before, path, ...args, url + PATH], libraries)),
    });
    found.push({ name, what, ask });
  };
  const connections = String(CONNECTIONS);
  const time = `${seconds}s`;
  const wrk = ["-t1", `-c${connections}`, `-d${time}`, "--latency", "-s", script];
  add("wrk", "64 connections", "wrk", wrk, (text) => numberIn(text, /99%\s+([\d.]+)(us|ms|s)/));
  const hey = ["-z", time, "-c", connections, "-m", "POST", "-D", bodyFile, "-T", CONTENT_TYPE];
  const heyP99 = (text: string) => numberIn(text, /99%+ in ([\d.]+) (secs)/);
  add("hey", "64 connections", "hey", hey, heyP99);
  const share = String(ratePerS / CONNECTIONS);
  add("hey -q", `64 connections, ${ratePerS}/s`, "hey", [...hey, "-q", share], heyP99);
  const ab = ["-q", "-k", "-c", connections, "-t", String(seconds), "-n", "3000000", "-p", bodyFile];
  add("ab", "64 connections", "ab", [...ab, "-T", CONTENT_TYPE], (text) => numberIn(text, /99%\s+(\d+)/));
  const autocannon = ["-n", "-j", "-c", connections, "-d", String(seconds), "-m", "POST", "-b", BODY];
  const autocannonP99 = (text: string) => Number(JSON.parse(text).latency.p99);
  const script9 = "node_modules/autocannon/autocannon.js";
  add("autocannon", "64 connections", script9, autocannon, autocannonP99, process.execPath);
  const rated = [...autocannon, "-R", String(ratePerS)];
  add("autocannon -R", `64 connections, ${ratePerS}/s`, script9, rated, autocannonP99, process.execPath);
  return found;
}

export function reporters(tools: Tools, stall: Stall, folder: string): Reporter[] {
  return [logburst(stall, folder), ...peers(tools, stall, folder)];
}
