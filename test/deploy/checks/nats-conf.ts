/** NATS takes the configurations that the manifests bring, and they keep what they promise. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connectBus } from "../../../libs/bus/connect.ts";
import type { BusOptions } from "../../../libs/bus/options.ts";
import { serverConfig } from "../../../libs/bus/server-config.ts";
import { DEFAULT_PREFIX } from "../../../libs/protocol/names.ts";
import { childEnvironment, readEnvironment } from "../../../libs/runtime/config.ts";
import { PACKAGE_ROOT } from "../../../libs/runtime/version.ts";
import { obtainKeys, seedFile } from "../../../services/cli/commands/nats-config.ts";
import { findProgram, NATS_SERVER } from "../../../services/cli/local/programs.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { natsNode } from "../../support/nats-node.ts";
import { named, OVERLAYS, objectsOf } from "../render.ts";

const TEST_TLS = {
  cert: join(PACKAGE_ROOT, "test", "support", "tls", "cert.pem"),
  key: join(PACKAGE_ROOT, "test", "support", "tls", "key.pem"),
};

/**
 * Writes a configuration into a folder, with the certificate of tests and fresh keys of the roles, where a cluster mounts some.
 * @returns its file
 */
function written(config: string, folder: string): string {
  const file = join(folder, "nats.conf");
  const keys = obtainKeys(join(folder, "keys"));
  writeFileSync(join(folder, "auth.conf"), serverConfig({ prefix: DEFAULT_PREFIX, keys }));
  const own = config
    .replace(/"[^"]+\/(tls|ca)\.crt"/g, `"${TEST_TLS.cert}"`)
    .replace(/"[^"]+\/tls\.key"/g, `"${TEST_TLS.key}"`);
  writeFileSync(file, own);
  return file;
}

async function isTaken(config: string): Promise<void> {
  const program = await findProgram(NATS_SERVER, readEnvironment());
  assert.ok(program, "nats-server is not there; npm test fetches it");
  using folder = temporaryFolder();
  const file = written(config, folder.path);
  const env = childEnvironment({ POD_NAME: "nats-0" });
  const { status, stderr } = spawnSync(program.path, ["-t", "-c", file], { env, encoding: "utf8" });
  assert.equal(status, 0, stderr);
}

for (const overlay of OVERLAYS)
  test(`${overlay}: NATS takes its configuration, with a route to each server`, async () => {
    const objects = objectsOf(overlay);
    const map = named(objects, "ConfigMap").find(({ data }) => data["nats.conf"] !== undefined);
    const config = map?.data["nats.conf"] ?? "";
    await isTaken(config);
    const [set] = named(objects, "StatefulSet").filter(({ metadata }) => metadata.name === "nats");
    const servers = Array.from(
      { length: set?.spec.replicas },
      (_, index) => `nats-${index}.${set?.spec.serviceName}`,
    );
    const routes = [...config.matchAll(/nats:\/\/([^:]+):6222/g)].map(([, host]) => host);
    assert.deepEqual(routes, servers.length > 1 ? servers : []);
    const [duckS = 0, graceS = 0] = [...config.matchAll(/lame_duck_\w+: (\d+)s/g)].map(([, seconds]) =>
      Number(seconds),
    );
    assert.ok(set?.spec.template.spec.terminationGracePeriodSeconds > duckS + graceS);
  });

test("NATS takes the laptop's configuration", async () => {
  await isTaken(readFileSync(join(PACKAGE_ROOT, "deploy", "docker", "nats.conf"), "utf8"));
});

test("under the overlay tls who has a key and trusts the authority is let in; without either, or in the open, nobody is", async () => {
  const map = named(objectsOf("tls"), "ConfigMap").find(({ data }) => data["nats.conf"] !== undefined);
  // Alone, on ports of its own choice.
  const alone = (map?.data["nats.conf"] ?? "")
    .replace(/\ncluster \{[\s\S]*\n\}/, "")
    .replace(/^ *(server_name|listen|http|store_dir): .*$/gm, "");
  using folder = temporaryFolder();
  await using nats = await natsNode("alone", ["-c", written(alone, folder.path)]);
  await nats.start();
  const url = `tls://localhost:${nats.port}`;
  const [caFile, nkeyFile] = [TEST_TLS.cert, seedFile(join(folder.path, "keys"), "coordinator")];
  const asker = {
    url,
    prefix: DEFAULT_PREFIX,
    name: "asker",
    role: "coordinator",
    waitForServer: false,
  } as const;
  const isLetIn = (how: Partial<BusOptions>) =>
    connectBus({ ...asker, ...how }).then(
      async (bus) => {
        await bus.close();
        return true;
      },
      () => false,
    );
  assert.equal(await isLetIn({ caFile, nkeyFile }), true);
  assert.equal(await isLetIn({ caFile }), false, "without a key");
  assert.equal(await isLetIn({ nkeyFile }), false, "without trust");
  assert.equal(await isLetIn({ nkeyFile, url: `nats://localhost:${nats.port}` }), false, "in the open");
});
