/** What a private system needs to be closed to everybody else: a CA of its own, a certificate, and a key for each role. */

import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BusRole } from "../../../libs/bus/permissions.ts";
import { serverConfig } from "../../../libs/bus/server-config.ts";
import { LogburstError, messageOf } from "../../../libs/protocol/errors.ts";
import { DEFAULT_PREFIX } from "../../../libs/protocol/names.ts";
import { obtainKeys, seedFile } from "../commands/nats-config.ts";

const run = promisify(execFile);

export interface Secured {
  /** A configuration for nats-server: TLS 1.3, certificates asked of clients, users by key with their permissions. */
  readonly natsConfig: string;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** The variables by which a process shows itself in its role. */
  environmentOf(role: BusRole): Record<string, string>;
}

/** Longer than any private system lives. */
const VALID_DAYS = "30";

/** Makes all of it in a folder. @throws LogburstError `server_not_found` without openssl */
export async function secureIn(folder: string, prefix: string = DEFAULT_PREFIX): Promise<Secured> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { caFile, certFile, keyFile } = await certificatesIn(folder);
  const keys = obtainKeys(join(folder, "keys"));
  const natsConfig = join(folder, "nats.conf");
  writeFileSync(natsConfig, serverConfig({ prefix, keys, tls: { certFile, keyFile, clientCaFile: caFile } }));
  return {
    ...{ natsConfig, caFile, certFile, keyFile },
    environmentOf: (role) => ({
      NATS_CA: caFile,
      NATS_CERT: certFile,
      NATS_KEY: keyFile,
      NATS_NKEY: seedFile(join(folder, "keys"), role),
    }),
  };
}

/** A certificate for this machine's own address, good for servers and clients, and the CA that vouches for it. */
async function certificatesIn(folder: string): Promise<Pick<Secured, "caFile" | "certFile" | "keyFile">> {
  const [caFile, caKey] = [join(folder, "ca.crt"), join(folder, "ca.key")];
  const [certFile, keyFile] = [join(folder, "tls.crt"), join(folder, "tls.key")];
  const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const common = [...made, "-days", VALID_DAYS];
  await openssl([...common, "-subj", "/CN=Logburst CA", "-keyout", caKey, "-out", caFile]);
  await openssl([
    ...[...common, "-subj", "/CN=logburst", "-CA", caFile, "-CAkey", caKey],
    ...["-addext", "basicConstraints=CA:FALSE"],
    ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
    ...["-addext", "extendedKeyUsage=serverAuth,clientAuth"],
    ...["-keyout", keyFile, "-out", certFile],
  ]);
  return { caFile, certFile, keyFile };
}

async function openssl(args: readonly string[]): Promise<void> {
  await run("openssl", [...args]).catch((cause: unknown) => {
    throw new LogburstError("server_not_found", `openssl could not make a certificate: ${messageOf(cause)}`, {
      remedies: ["install openssl 3 and put it on PATH", "or leave out --secure"],
      cause,
    });
  });
}
