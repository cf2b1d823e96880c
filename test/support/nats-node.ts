/** A NATS server that dies and comes back: on a port and a store of its own, which outlive its process. */

import { createConnection } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import { parseObject } from "../../libs/protocol/door.ts";
import { readEnvironment } from "../../libs/runtime/config.ts";
import { type NodeProgram, startServer } from "../../services/cli/local/child.ts";
import { freePort } from "../../services/cli/local/free-port.ts";
import { findProgram, NATS_SERVER } from "../../services/cli/local/programs.ts";
import { eventually } from "./eventually.ts";
import { temporaryFolder } from "./folders.ts";

/** What the guard of a server says of it. */
const Started = z.object({ pid: z.number().int().positive() });

export interface NatsNode extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  /** Address of its monitoring pages. */
  readonly monitorUrl: string;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it, again on the same port and store; resolves when it answers. */
  start(): Promise<void>;
}

/** A node that is not started yet. @param more arguments, such as those of a cluster */
export async function natsNode(name: string, more: readonly string[] = []): Promise<NatsNode> {
  const program = await findProgram(NATS_SERVER, readEnvironment());
  if (!program) throw new Error("nats-server is not there; npm test fetches it");
  const { path } = program;
  const folder = temporaryFolder();
  const [port, monitorPort] = [await freePort(), await freePort()];
  const monitorUrl = `http://127.0.0.1:${monitorPort}`;
  const args = ["-n", name, "-a", "127.0.0.1", "-p", `${port}`, "-m", `${monitorPort}`, "-js"];
  let running: { guard: NodeProgram; pid: Promise<number> } | undefined;

  return {
    name,
    url: `nats://127.0.0.1:${port}`,
    port,
    monitorUrl,
    async kill() {
      if (!running?.guard.isAlive()) return;
      process.kill(await running.pid, "SIGKILL");
      await running.guard.exited;
    },
    async start() {
      const store = join(folder.path, "store");
      const guard = startServer(name, path, [...args, "-sd", store, ...more], join(folder.path, "log"));
      running = { guard, pid: pidOf(guard) };
      await eventually(`${name} answers`, () => isListening(port));
    },
    async [Symbol.asyncDispose]() {
      await running?.guard.stop();
      folder[Symbol.dispose]();
    },
  };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: "127.0.0.1" });
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

function pidOf(guard: NodeProgram): Promise<number> {
  return new Promise((resolve, reject) => {
    guard.messages((message) => {
      const parsed = parseObject(Started, message);
      if (parsed.ok) resolve(parsed.value.pid);
    });
    void guard.exited.then((how) => reject(new Error(`${guard.name} did not start: ${how}`)));
  });
}
