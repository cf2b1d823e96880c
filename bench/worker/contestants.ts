/** The generators that are measured side by side, each as a command. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BODY, CONTENT_TYPE, PATH, writeAsked } from "./queries.ts";
import type { Tools } from "./tools.ts";

export interface Contestant {
  readonly name: string;
  readonly what: string;
  readonly command: readonly string[];
}

/** Longer than any measurement; each is ended from outside. */
const SECONDS = "600";
const GENERATOR = fileURLToPath(new URL("./generator.js", import.meta.url));

/** Our own, the worker first. @param generator of this build, or of another one */
function ownContestants(url: string, connections: string, generator = GENERATOR): Contestant[] {
  const own = (name: string, kind: string, what: string): Contestant => ({
    name,
    what,
    command: ["env", process.execPath, generator, kind, url, connections],
  });
  return [
    own("worker", "worker", "the whole worker"),
    own("driver", "driver", "its HTTP driver alone"),
    own("driver-undici", "driver-undici", "the same on undici"),
    own("dispatch", "dispatch", "yardstick: a bare undici dispatch loop"),
    own("socket", "socket", "yardstick: a bare socket loop"),
  ];
}

/** The same of another checkout that is built: what the hot path cost there. */
function besideContestants(url: string, connections: string, folder: string): Contestant[] {
  const generator = join(folder, "dist", "bench", "worker", "generator.js");
  if (!existsSync(generator)) throw new RangeError(`--beside: ${folder} is no checkout that is built`);
  return ownContestants(url, connections, generator)
    .filter(({ name }) => name === "worker" || name === "driver")
    .map((contestant) => ({ ...contestant, name: `${contestant.name}-beside`, what: `of ${folder}` }));
}

/** Those of others, as far as they are there. */
function peers(tools: Tools, url: string, connections: string, folder: string): Contestant[] {
  const target = `${url}${PATH}`;
  const { bodyFile, wrkScript: script } = writeAsked(folder);
  const found: Contestant[] = [];
  const add = (name: string, what: string, program: string, args: readonly string[], ...before: string[]) => {
    const path = tools.path(program);
    const command = ["env", `LD_LIBRARY_PATH=${tools.libraries}`, ...before, path ?? "", ...args];
    if (path !== undefined) found.push({ name, what, command });
  };
  const duration = `${SECONDS}s`;
  add("wrk", "C", "wrk", ["-t1", `-c${connections}`, `-d${duration}`, "-s", script, target]);
  add("h2load", "C, HTTP/1.1", "h2load", [
    ...["--h1", "-t1", `-c${connections}`, "-D", SECONDS, "-d", bodyFile],
    ...["-H", `content-type: ${CONTENT_TYPE}`, target],
  ]);
  add("hey", "Go", "hey", [
    ...["-z", duration, "-c", connections, "-cpus", "1", "-m", "POST", "-D", bodyFile, "-T", CONTENT_TYPE],
    target,
  ]);
  add(
    "autocannon",
    "Node",
    "node_modules/autocannon/autocannon.js",
    [
      ...["-n", "-c", connections, "-d", SECONDS, "-m", "POST", "-H", `content-type=${CONTENT_TYPE}`],
      ...["-b", BODY, target],
    ],
    process.execPath,
  );
  return found;
}

export function contestants(
  tools: Tools,
  url: string,
  connections: number,
  folder: string,
  beside?: string,
): readonly Contestant[] {
  const many = String(connections);
  return [
    ...ownContestants(url, many),
    ...(beside === undefined ? [] : besideContestants(url, many, beside)),
    ...peers(tools, url, many, folder),
  ];
}
