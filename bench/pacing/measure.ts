/** Runs one generator at a rate against the target: our own tell how punctual they were, others only what they cost. */

import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { parseObject } from "../../libs/protocol/door.ts";
import { sleep, systemClock } from "../../libs/runtime/clock.ts";
import { childFailure, startServer } from "../../services/cli/local/child.ts";
import { eventually } from "../../test/support/eventually.ts";
import { useOf } from "../support/processes.ts";
import type { CheapTarget } from "../support/target.ts";
import { GENERATOR_CORE, SERVER_CORE } from "../worker/cores.ts";
import { BODY, CONTENT_TYPE, PATH, writeAsked } from "../worker/queries.ts";
import type { Tools } from "../worker/tools.ts";
import { Punctuality } from "./lags.ts";

const CONNECTIONS = "64";
/** Longer than any measurement; each is ended from outside. */
const PEER_SECONDS = "600";
const SENDER = fileURLToPath(new URL("./sender.js", import.meta.url));
const Guarded = z.object({ pid: z.number() });

/** What a round is: seconds to warm up, seconds that count, and whether nobody else may have the cores meanwhile. */
export interface Round {
  readonly warmS: number;
  readonly seconds: number;
  readonly isRealTime: boolean;
}

/** What was measured; of others than ours only what they cost. */
export type Measured = Pick<Punctuality, "cpuUsPerQuery" | "sent"> & Partial<Punctuality>;

export interface Generator {
  readonly name: string;
  readonly what: string;
  run(target: CheapTarget, rate: number, round: Round, folder: string): Promise<Measured>;
}

/** On the generators' core, and before everybody else's processes where that was asked for. */
function onItsCore(command: readonly string[], { isRealTime }: Round): string[] {
  return [...(isRealTime ? ["chrt", "-r", "10"] : []), "taskset", "-c", GENERATOR_CORE, ...command];
}

/** Gives the target the other core. */
export function placeTarget({ pid }: CheapTarget, { isRealTime }: Round): void {
  execFileSync("taskset", ["-a", "-c", "-p", SERVER_CORE, String(pid)]);
  if (isRealTime) execFileSync("chrt", ["-a", "-r", "-p", "10", String(pid)]);
}

function own(name: string, what: string): Generator {
  return {
    name,
    what,
    async run({ url }, rate, round) {
      const args = [SENDER, name, url, String(rate), String(round.warmS), String(round.seconds)];
      const [program = "", ...rest] = onItsCore([process.execPath, ...args], round);
      const child = spawn(program, rest, { stdio: ["ignore", "pipe", "inherit"] });
      let said = "";
      child.stdout.on("data", (text) => {
        said += text;
      });
      await new Promise((resolve) => child.on("close", resolve));
      return Punctuality.parse(JSON.parse(said));
    },
  };
}

function peer(name: string, what: string, commandFor: (url: string, rate: number) => string[]): Generator {
  return {
    name,
    what,
    async run(target, rate, round, folder) {
      const before = await target.count();
      const [program = "", ...rest] = onItsCore(commandFor(target.url + PATH, rate), round);
      await using child = startServer(name, program, rest, join(folder, `${name}.log`));
      let pid = 0;
      child.messages((message) => {
        const told = parseObject(Guarded, message);
        if (told.ok) pid = told.value.pid;
      });
      await eventually(`queries of ${name}`, async () => (await target.count()) > before);
      await sleep(systemClock, round.warmS * 1000);
      const sample = async () => ({ queries: await target.count(), use: useOf(pid) });
      const from = await sample();
      await sleep(systemClock, round.seconds * 1000);
      const to = await sample();
      if (!from.use || !to.use) throw childFailure(child, "while it was measured");
      const sent = to.queries - from.queries;
      return { sent, cpuUsPerQuery: ((to.use.cpuS - from.use.cpuS) * 1e6) / sent };
    },
  };
}

/** Ours first; of others those that are there. */
export function generators(tools: Tools, folder: string): Generator[] {
  const all = [
    own("worker", "the whole worker"),
    own("worker-timers", "the same on timers alone"),
    own("tick", "floor: bare sockets, a timer of 1 ms"),
  ];
  const autocannon = tools.path("node_modules/autocannon/autocannon.js");
  if (autocannon !== undefined) {
    const args = ["-n", "-c", CONNECTIONS, "-d", PEER_SECONDS, "-m", "POST", "-b", BODY];
    const head = ["-H", `content-type=${CONTENT_TYPE}`];
    all.push(
      peer("autocannon", "-R: each second's queries at once", (url, rate) => [
        ...[process.execPath, autocannon, ...args, ...head, "-R", String(rate), url],
      ]),
    );
  }
  const h2load = tools.path("h2load");
  if (h2load !== undefined) {
    const { bodyFile } = writeAsked(folder);
    const args = ["--h1", "-t1", `-c${CONNECTIONS}`, "-D", PEER_SECONDS, "-d", bodyFile];
    all.push(
      peer("h2load", "--rps, C", (url, rate) => [
        ...["env", `LD_LIBRARY_PATH=${tools.libraries}`, h2load, ...args],
        ...["-H", `content-type: ${CONTENT_TYPE}`, `--rps=${rate / Number(CONNECTIONS)}`, url],
      ]),
    );
  }
  return all;
}
