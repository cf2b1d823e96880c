/** `logburst nats-config`: keys for the roles, and what a nats-server must know to let each do its own work and no more. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newSeed, publicKeyOf } from "../../../libs/bus/keys.ts";
import { BUS_ROLES, type BusRole } from "../../../libs/bus/permissions.ts";
import { type ServerTls, serverConfig } from "../../../libs/bus/server-config.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { EXIT_CODES, type ExitCode } from "../../../libs/protocol/exit-codes.ts";
import { readEnvironment } from "../../../libs/runtime/config.ts";

export interface NatsConfigOptions {
  /** The folder with the roles' seeds. */
  readonly keys: string;
  readonly account?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  /** Who vouches for the certificates that clients must show. */
  readonly tlsClientCa?: string;
}

export function natsConfigCommand(options: NatsConfigOptions): ExitCode {
  const { LOGBURST_PREFIX: prefix } = readEnvironment();
  const keys = obtainKeys(options.keys);
  process.stdout.write(serverConfig({ prefix, keys, account: options.account, tls: tlsOf(options) }));
  return EXIT_CODES.passed;
}

/** The file with a role's seed. */
export function seedFile(folder: string, role: BusRole): string {
  return join(folder, `${role}.nk`);
}

/** The roles' public keys; seeds that are not in the folder yet are made, for their owner's eyes alone. */
export function obtainKeys(folder: string): Record<BusRole, string> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const keys = BUS_ROLES.map((role) => {
    const file = seedFile(folder, role);
    if (!existsSync(file)) writeFileSync(file, `${newSeed()}\n`, { mode: 0o600 });
    return [role, publicKeyIn(file)] as const;
  });
  return Object.fromEntries(keys) as Record<BusRole, string>;
}

function publicKeyIn(file: string): string {
  try {
    return publicKeyOf(readFileSync(file, "utf8"));
  } catch {
    throw new LogburstError("secret_unavailable", `${file} does not hold the seed of a user's nkey`, {
      remedies: ["delete it: a new one is made", "or make one: nk -gen user"],
    });
  }
}

function tlsOf({
  tlsCert: certFile,
  tlsKey: keyFile,
  tlsClientCa,
}: NatsConfigOptions): ServerTls | undefined {
  if (certFile !== undefined && keyFile !== undefined)
    return { certFile, keyFile, clientCaFile: tlsClientCa };
  if (certFile === undefined && keyFile === undefined && tlsClientCa === undefined) return undefined;
  throw new LogburstError("bad_config", "a certificate goes with its key", {
    remedies: ["give both --tls-cert and --tls-key"],
  });
}
