/** A private Logburst on this machine: NATS, coordinator, aggregator and workers as child processes. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { connectBus } from "../../../libs/bus/connect.ts";
import { shownUrl } from "../../../libs/bus/options.ts";
import { parseObject } from "../../../libs/protocol/door.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { type Clock, sleep } from "../../../libs/runtime/clock.ts";
import { busOptionsOf, type Environment } from "../../../libs/runtime/config.ts";
import { newSealKey } from "../../../libs/runtime/seal.ts";
import { PACKAGE_ROOT } from "../../../libs/runtime/version.ts";
import { hostAndPort } from "../../../libs/targets/policy.ts";
import { type Child, childFailure, startProgram, startServer } from "./child.ts";
import { NATS_SERVER, obtainProgram } from "./programs.ts";
import type { Secured } from "./secured.ts";

const Ready = z.object({ ready: z.literal(true), url: z.string(), node: z.string() });

export interface StackOptions {
  readonly environment: Environment;
  readonly clock: Clock;
  /** The user's own NATS; a private one when not given. */
  readonly natsUrl: string | undefined;
  readonly workers: number;
  /** Where the logs of the parts go; a temporary folder when not given. */
  readonly logFolder: string | undefined;
  readonly sealKey?: string;
  /** Everything over TLS, everybody by key and with no more than their role may do. */
  readonly secured?: Secured | undefined;
  /** The targets of the run that it is made for: they may be asked also where others reach the user's NATS. */
  readonly targetUrls?: readonly string[];
  /** Further variables for the workers. */
  readonly workerEnvironment?: Readonly<Record<string, string>>;
  /** Further variables for all services. */
  readonly serviceEnvironment?: Readonly<Record<string, string>>;
  /** Services may die without that being a failure of the whole: a test kills them. */
  readonly servicesMayDie?: boolean;
}

export type ServiceRole = "coordinator" | "aggregator" | "worker";

/** A service as a child process. */
export interface Service extends Child {
  /** Its address, once it says that it is ready; a coordinator does when it leads. */
  readonly ready: Promise<string>;
}

export interface Stack extends AsyncDisposable {
  readonly natsUrl: string;
  /** As which a client gets onto its bus. */
  readonly clientEnvironment: Environment;
  /** The coordinator's address. */
  readonly apiUrl: string;
  readonly urls: Readonly<Record<string, string>>;
  readonly logFolder: string;
  readonly children: readonly Child[];
  workers(): readonly Child[];
  addWorker(): Promise<Child>;
  /** Starts one more service, which may come and go; it need not be waited for. */
  start(role: ServiceRole, name: string, more?: Readonly<Record<string, string>>): Service;
  /** Rejects when a part ends that the run cannot do without. */
  readonly failure: Promise<never>;
  close(): Promise<void>;
}

const READY_LIMIT_MS = 30_000;
const PORTS_POLL_MS = 20;
const LEADER_PROBE_MS = 1000;
const PROGRAM = join(PACKAGE_ROOT, "dist", "bin", "logburst.js");

export async function startStack(options: StackOptions): Promise<Stack> {
  const { environment, clock } = options;
  const folder = mkdtempSync(join(tmpdir(), "logburst-"));
  const logFolder = options.logFolder ?? join(folder, "logs");
  mkdirSync(logFolder, { recursive: true });
  const children: Child[] = [];
  const workers: Child[] = [];
  const urls: Record<string, string> = {};
  const sealKey = options.sealKey ?? newSealKey();
  const clientEnvironment = { ...environment, ...options.secured?.environmentOf("client") };
  let workersStarted = 0;
  let closing = false;
  let announceFailure: (error: Error) => void = () => undefined;
  const failure = new Promise<never>((_resolve, reject) => {
    announceFailure = reject;
  });
  failure.catch(() => undefined);

  async function close(): Promise<void> {
    closing = true;
    // Workers first, the bus last: each part leaves while what it needs is still there.
    await Promise.all(children.filter((child) => child !== natsChild).map((child) => child.stop()));
    await natsChild?.stop();
    await rm(folder, { recursive: true, force: true });
  }

  function failWith(child: Child): void {
    void child.exited.then((how) => {
      if (!closing) announceFailure(childFailure(child, how));
    });
  }

  function start(role: ServiceRole, name: string, more: Readonly<Record<string, string>> = {}): Service {
    const child = startProgram(
      name,
      PROGRAM,
      [role],
      {
        NATS_URL: natsUrl,
        NODE_ID: name,
        LOGBURST_HTTP_PORT: "0",
        LOGBURST_SEAL_KEY: sealKey,
        LOGBURST_RESULTS_DIR: environment.LOGBURST_RESULTS_DIR ?? join(folder, "results"),
        ...securedAs(role, options.secured),
        ...targetsOf(options),
        ...options.serviceEnvironment,
        ...more,
      },
      join(logFolder, `${name}.log`),
    );
    children.push(child);
    if (role === "worker") workers.push(child);
    const ready = untilReady(child, child.messages, clock);
    ready.catch(() => undefined);
    return { ...child, ready };
  }

  /** Starts a service that the whole needs, and waits until it is ready. */
  async function startVital(role: ServiceRole): Promise<void> {
    const service = start(role, role);
    if (!options.servicesMayDie) failWith(service);
    urls[role] = await service.ready;
  }

  async function addWorker(): Promise<Child> {
    workersStarted++;
    const worker = start("worker", `worker-${workersStarted}`, options.workerEnvironment);
    urls[worker.name] = await worker.ready;
    return worker;
  }

  let natsChild: Child | undefined;
  let natsUrl = options.natsUrl ?? "";
  try {
    if (options.natsUrl !== undefined) await requireFreeBus(options.natsUrl, clientEnvironment);
    if (options.natsUrl === undefined) {
      const { path } = await obtainProgram(NATS_SERVER, environment);
      natsChild = startNats(path, folder, logFolder, options.secured);
      children.push(natsChild);
      failWith(natsChild);
      natsUrl = await natsAddress(natsChild, join(folder, "ports"), clock, options.secured);
    }
    await Promise.all([
      startVital("coordinator"),
      startVital("aggregator"),
      ...Array.from({ length: options.workers }, addWorker),
    ]);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    natsUrl,
    clientEnvironment,
    apiUrl: urls.coordinator ?? "",
    urls,
    logFolder,
    children,
    workers: () => workers.toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true })),
    addWorker,
    start,
    failure,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** On a NATS of the user's own the run's targets are those that are allowed, unless the user says more. */
function targetsOf({ environment, natsUrl, targetUrls }: StackOptions): Record<string, string> {
  if (natsUrl === undefined || targetUrls === undefined || environment.LOGBURST_TARGETS !== undefined)
    return {};
  const rules = targetUrls.map((url) => {
    const { host, port } = hostAndPort(url);
    return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  });
  return { LOGBURST_TARGETS: rules.join(" ") };
}

/** The user's own server: good enough, and nobody leads there whose runs would be mixed up with ours. */
export async function requireFreeBus(url: string, environment: Environment): Promise<void> {
  await using bus = await connectBus(busOptionsOf(environment, "client", "logburst-local", url));
  const isLed = await bus.request(bus.names.subjects.time, "", LEADER_PROBE_MS).then(
    () => true,
    () => false,
  );
  if (!isLed) return;
  throw new LogburstError("conflict", `a coordinator already leads on ${shownUrl(url)}`, {
    remedies: [
      "leave out --local: the run is then submitted to it",
      "or set LOGBURST_PREFIX to another name",
    ],
  });
}

/** How a service shows itself, and what its own HTTP side shows. */
function securedAs(role: ServiceRole, secured: Secured | undefined): Record<string, string> {
  if (!secured) return {};
  const { certFile, keyFile } = secured;
  return { ...secured.environmentOf(role), LOGBURST_HTTP_CERT: certFile, LOGBURST_HTTP_KEY: keyFile };
}

/** A NATS server of our own: only on this machine, ports of its own choice, its data below the folder. */
function startNats(program: string, folder: string, logFolder: string, secured: Secured | undefined): Child {
  const ports = join(folder, "ports");
  mkdirSync(ports, { recursive: true });
  const args = [
    "-a",
    "127.0.0.1",
    "-p",
    "-1",
    "-m",
    "-1",
    "--ports_file_dir",
    ports,
    "-js",
    "-sd",
    join(folder, "nats"),
    ...(secured ? ["-c", secured.natsConfig] : []),
  ];
  return startServer("nats-server", program, args, join(logFolder, "nats-server.log"));
}

/** The address that NATS wrote to its ports file. */
async function natsAddress(
  child: Child,
  portsFolder: string,
  clock: Clock,
  secured: Secured | undefined,
): Promise<string> {
  const untilMs = clock.nowMs() + READY_LIMIT_MS;
  while (clock.nowMs() < untilMs && child.isAlive()) {
    const file = readdirSync(portsFolder).find((name) => name.endsWith(".ports"));
    const text = file === undefined ? "" : readFileSync(join(portsFolder, file), "utf8");
    const address = /"(?:nats|tls):\/\/([^"]+)"/.exec(text)?.[1];
    if (address) return `${secured ? "tls" : "nats"}://${address}`;
    await sleep(clock, PORTS_POLL_MS);
  }
  throw childFailure(child, "it did not say where it listens");
}

/** Waits for a service's word that it is ready. */
async function untilReady(
  child: Child,
  messages: (listen: (message: unknown) => void) => void,
  clock: Clock,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(READY_LIMIT_MS, () => {
      reject(
        new LogburstError("child_failed", `${child.name} was not ready after ${READY_LIMIT_MS / 1000} s`, {
          remedies: [`read its log: ${child.logFile}`],
        }),
      );
    });
    messages((message) => {
      const parsed = parseObject(Ready, message);
      if (!parsed.ok) return;
      cancel();
      resolve(parsed.value.url);
    });
    void child.exited.then((how) => {
      cancel();
      reject(childFailure(child, how));
    });
  });
}
