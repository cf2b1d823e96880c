/** Real servers for tests: VictoriaLogs with the demo's lines in it, NATS with JetStream. A missing one fails the test. */

import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../libs/runtime/clock.ts";
import { readEnvironment } from "../../libs/runtime/config.ts";
import { seedLogs } from "../../services/cli/demo/seed-data.ts";
import { startServer } from "../../services/cli/local/child.ts";
import { startEtcd } from "../../services/cli/local/etcd.ts";
import { freePort } from "../../services/cli/local/free-port.ts";
import { untilHealthy } from "../../services/cli/local/healthy.ts";
import { ETCD, findProgram, NATS_SERVER, VICTORIA_LOGS } from "../../services/cli/local/programs.ts";
import { startVictoriaLogs } from "../../services/cli/local/victoria-logs.ts";
import type { CertificateFiles } from "./certificates.ts";
import { eventually } from "./eventually.ts";
import { temporaryFolder } from "./folders.ts";

async function program(kind: typeof NATS_SERVER): Promise<string> {
  const found = await findProgram(kind, readEnvironment());
  if (!found) throw new Error(`${kind.name} is not there; npm test fetches it`);
  return found.path;
}

export interface TargetServer extends AsyncDisposable {
  readonly url: string;
}

/** A VictoriaLogs of this test's own. */
export async function startTarget(lines: number, ...flags: string[]): Promise<TargetServer> {
  const folder = temporaryFolder();
  const server = await startVictoriaLogs(await program(VICTORIA_LOGS), folder.path, systemClock, flags);
  if (lines > 0) {
    await seedLogs({ url: server.url, clock: systemClock, seed: 1, lines, onProgress: () => undefined });
  }
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** An etcd of this test's own. */
export async function startEtcdServer(): Promise<TargetServer> {
  const folder = temporaryFolder();
  const server = await startEtcd(await program(ETCD), folder.path, systemClock);
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** An etcd that asks its clients for a certificate of a CA. It has a second listener in the open, for what sees whether it is well. */
export async function startSecuredEtcd(caFile: string, own: CertificateFiles): Promise<TargetServer> {
  const folder = temporaryFolder();
  const [openUrl, url] = [`http://127.0.0.1:${await freePort()}`, `https://127.0.0.1:${await freePort()}`];
  const peerUrl = `http://127.0.0.1:${await freePort()}`;
  const args = [
    ...["--data-dir", join(folder.path, "data"), "--log-level", "error"],
    ...["--listen-client-urls", `${openUrl},${url}`, "--advertise-client-urls", openUrl],
    ...["--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl],
    ...["--initial-cluster", `default=${peerUrl}`],
    ...["--cert-file", own.cert, "--key-file", own.key, "--trusted-ca-file", caFile, "--client-cert-auth"],
  ];
  const child = startServer("etcd", await program(ETCD), args, join(folder.path, "etcd.log"));
  await untilHealthy(child, openUrl, systemClock, 30_000);
  return {
    url,
    async [Symbol.asyncDispose]() {
      await child.stop();
      folder[Symbol.dispose]();
    },
  };
}

export interface NatsServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Address of its monitoring pages. */
  readonly monitorUrl: string;
}

/** @param args in place of `-js`, for servers that are not good enough */
export async function startNats(args: readonly string[] = ["-js"]): Promise<NatsServer> {
  const folder = temporaryFolder();
  const ports = join(folder.path, "ports");
  mkdirSync(ports);
  const common = [
    "-a",
    "127.0.0.1",
    "-p",
    "-1",
    "-m",
    "-1",
    "--ports_file_dir",
    ports,
    "-sd",
    join(folder.path, "data"),
  ];
  const child = startServer(
    "nats-server",
    await program(NATS_SERVER),
    [...common, ...args],
    join(folder.path, "log"),
  );
  const text = await eventually("nats-server's ports", () => {
    const file = readdirSync(ports).find((name) => name.endsWith(".ports"));
    const content = file && readFileSync(join(ports, file), "utf8");
    return content && /"(nats|tls):/.test(content) ? content : undefined;
  });
  const url = /(?:nats|tls):\/\/[^"]+/.exec(text)?.[0] ?? "";
  return {
    url,
    port: Number(new URL(url).port),
    monitorUrl: /http:\/\/[^"]+/.exec(text)?.[0] ?? "",
    async [Symbol.asyncDispose]() {
      await child.stop();
      folder[Symbol.dispose]();
    },
  };
}
