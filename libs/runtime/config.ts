/** The only place that reads the environment. One table of variables, each checked, each with its default. */

import { hostname } from "node:os";
import { parseArgs } from "node:util";
import { z } from "zod";
import type { BusOptions } from "../bus/options.ts";
import type { BusRole } from "../bus/permissions.ts";
import { LogburstError } from "../protocol/errors.ts";
import { DEFAULT_PREFIX, TOKEN, toToken } from "../protocol/names.ts";

const optional = z.string().min(1).optional();
const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

const Environment = z.object({
  /** Servers of the bus, separated by commas. */
  NATS_URL: optional,
  /** A credentials file for the bus. */
  NATS_CREDS: optional,
  /** Files: the seed of this process's nkey, who vouches for the servers, the certificate that is shown to them and its key. */
  NATS_NKEY: optional,
  NATS_CA: optional,
  NATS_CERT: optional,
  NATS_KEY: optional,
  /** Prefix of every subject, stream and bucket. */
  LOGBURST_PREFIX: z
    .string()
    .regex(/^[a-z][a-z0-9]{0,15}$/)
    .default(DEFAULT_PREFIX),
  /** Copies of each stream and bucket: 1, or 3 in a cluster. */
  LOGBURST_REPLICAS: whole(1, 5).default(1),
  /** This process's name in the fleet; made from host and process when not given. */
  NODE_ID: z.string().regex(TOKEN).optional(),
  /** Pools whose consumers are made when a coordinator starts, besides the default one: autoscalers look at them before any worker is there. */
  LOGBURST_POOLS: z
    .string()
    .default("")
    .transform((names) => names.split(/[\s,]+/).filter(Boolean))
    .pipe(z.array(z.string().regex(TOKEN))),
  /** The pool whose slices a worker pulls. */
  LOGBURST_POOL: z.string().regex(TOKEN).default("default"),
  /** Slots of a worker; worked out from CPU and memory when not given. */
  LOGBURST_SLOTS: whole(1, 10_000).optional(),
  /** A worker ends after so many seconds without work; it stays when not given. */
  LOGBURST_EXIT_WHEN_IDLE: whole(1, 86_400).optional(),
  /** Most queries that a worker has in flight. */
  LOGBURST_MAX_IN_FLIGHT: whole(1, 100_000).default(1024),
  /** Where the service's own HTTP listens. */
  LOGBURST_HTTP_HOST: z.string().min(1).default("127.0.0.1"),
  LOGBURST_HTTP_PORT: whole(0, 65_535).optional(),
  /** Certificate and key of the service's own HTTP, as files. */
  LOGBURST_HTTP_CERT: optional,
  LOGBURST_HTTP_KEY: optional,
  /** Static tokens of the API: role, name, token. */
  LOGBURST_TOKENS: optional,
  LOGBURST_TOKENS_FILE: optional,
  /** The token that the command line shows. */
  LOGBURST_TOKEN: optional,
  /** JSON Web Tokens of the API: whose, for whom, signed by which keys, with roles in which claim. */
  LOGBURST_JWT_ISSUER: optional,
  LOGBURST_JWT_AUDIENCE: optional,
  LOGBURST_JWT_JWKS: optional,
  LOGBURST_JWT_KEY_FILE: optional,
  LOGBURST_JWT_SECRET_FILE: optional,
  LOGBURST_JWT_ROLE_CLAIM: z.string().min(1).default("roles"),
  LOGBURST_JWT_ROLES: optional,
  /** Whether requests over NATS need a token too. */
  LOGBURST_BUS_ACCESS: z.enum(["open", "token"]).default("open"),
  /** Requests per second of one caller of the API. */
  LOGBURST_API_RATE: whole(1, 100_000).default(50),
  /** Proxies that may say where a request comes from. */
  LOGBURST_TRUSTED_PROXIES: optional,
  /** What carries a worker's HTTP queries: a client on bare sockets, or undici. */
  LOGBURST_HTTP: z.enum(["socket", "undici"]).default("socket"),
  /** A file of settings that is watched; what it says holds without a restart. */
  LOGBURST_SETTINGS: optional,
  /** Rules for the targets that may be asked. */
  LOGBURST_TARGETS: optional,
  /** Caps on load, of all live runs together and of those on one target. */
  LOGBURST_CAPS: optional,
  LOGBURST_TARGET_CAPS: optional,
  /** Rules for the targets of production: a run there must be approved. */
  LOGBURST_PRODUCTION_TARGETS: optional,
  /** What one who asks for runs may have under way without approval. */
  LOGBURST_QUOTAS: optional,
  /** How long a run waits to be approved. */
  LOGBURST_APPROVAL_HOURS: z.coerce
    .number()
    .positive()
    .max(24 * 30)
    .default(24),
  /** A folder whose YAML files are a part of the library. */
  LOGBURST_LIBRARY: optional,
  /** Whether the coordinators look into a Kubernetes cluster, and see to the BenchmarkConfigs of a namespace there. */
  LOGBURST_KUBERNETES: z.enum(["off", "on"]).default("off"),
  LOGBURST_NAMESPACE: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
    .optional(),
  /** Seals secrets that stand in a config; the same key for coordinator and workers. */
  LOGBURST_SEAL_KEY: optional,
  LOGBURST_SEAL_KEY_FILE: optional,
  /** The folder with the files of targets' secrets: workers and coordinators read no others for a config, but in local mode. */
  LOGBURST_TARGET_FILES: z.string().startsWith("/").default("/etc/logburst/target"),
  /** A file of keys that seal stored reports and snapshots: lines of id and key, of which the first one seals. */
  LOGBURST_STORE_KEYS_FILE: optional,
  /** The folder below which the aggregator may write report files. */
  LOGBURST_RESULTS_DIR: z.string().startsWith("/").optional(),
  /** Result processors of every run, as a file; the modules that configs may name; where webhooks may go. */
  LOGBURST_PROCESSORS_FILE: optional,
  LOGBURST_PROCESSOR_MODULES: optional,
  LOGBURST_ENGINE_MODULES: optional,
  LOGBURST_WEBHOOK_TARGETS: optional,
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  /** Tests only: a worker appends each latency that it records to this file. */
  LOGBURST_SAMPLE_LOG: optional,
  /** The key of the hashes that stand in a masked export; another one each time where it is not given. */
  LOGBURST_ANONYMIZE_KEY: optional,
  /** Where the command line keeps servers that it fetched. */
  LOGBURST_CACHE_DIR: optional,
  NATS_SERVER_BIN: optional,
  VICTORIA_LOGS_BIN: optional,
  ETCD_BIN: optional,
  /** For tests alone. */
  CHROMIUM_BIN: optional,
  NO_COLOR: optional,
  FORCE_COLOR: optional,
  TERM: optional,
  PATH: z.string().default(""),
});

export type Environment = z.infer<typeof Environment>;

/** Where a NATS server listens when nobody says otherwise. */
const DEFAULT_NATS_URL = "nats://127.0.0.1:4222";

/** The bus's servers, as named or where one usually is. */
export function natsUrlOf(environment: Environment): string {
  return environment.NATS_URL ?? DEFAULT_NATS_URL;
}

/** How a process gets onto the bus in its role. Services wait for a server that is not there yet, commands do not. */
export function busOptionsOf(
  environment: Environment,
  role: BusRole,
  name: string,
  url = natsUrlOf(environment),
): BusOptions {
  return {
    ...{ url, role, name },
    prefix: environment.LOGBURST_PREFIX,
    credsFile: environment.NATS_CREDS,
    nkeyFile: environment.NATS_NKEY,
    caFile: environment.NATS_CA,
    certFile: environment.NATS_CERT,
    keyFile: environment.NATS_KEY,
    waitForServer: role !== "client",
  };
}

/** Reads the environment; a variable that does not fit is an error that names it. Empty ones count as not set. */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const parsed = Environment.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue?.path[0] ?? "");
  throw new LogburstError(
    "bad_config",
    `the environment variable ${name} does not fit: ${issue?.message ?? ""}`,
    {
      remedies: [`correct or unset ${name}`],
    },
  );
}

/** The environment, with what a service's own options say in place of variables. */
export function withArguments(environment: Environment, args: readonly string[]): Environment {
  const option = { type: "string" } as const;
  const options = { settings: option, library: option, "exit-when-idle": option };
  const { settings, library, "exit-when-idle": idle } = parseArgs({ args: [...args], options }).values;
  const { LOGBURST_EXIT_WHEN_IDLE } =
    idle === undefined ? environment : readEnvironment({ LOGBURST_EXIT_WHEN_IDLE: idle });
  return {
    ...environment,
    LOGBURST_EXIT_WHEN_IDLE,
    ...(settings !== undefined && { LOGBURST_SETTINGS: settings }),
    ...(library !== undefined && { LOGBURST_LIBRARY: library }),
  };
}

/** The environment for a child process: this one's, with some variables set. */
export function childEnvironment(set: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...set };
}

/** Whether a variable is a setting of Logburst's own. */
export function isOwnVariable(name: string): boolean {
  return Object.hasOwn(Environment.shape, name);
}

/** The value of a variable that a config names for a secret. */
export function secretFromEnvironment(name: string): string | undefined {
  return process.env[name];
}

/** A node's id: as given, or from host and process. */
export function nodeIdOf(environment: Environment, role: string): string {
  return environment.NODE_ID ?? toToken(`${role}-${hostname()}-${process.pid}`);
}
