/** NATS takes the configurations that the manifests bring, and they keep what they promise. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { childEnvironment, readEnvironment } from "../../../libs/runtime/config.ts";
import { PACKAGE_ROOT } from "../../../libs/runtime/version.ts";
import { findProgram, NATS_SERVER } from "../../../services/cli/local/programs.ts";
import { temporaryFolder } from "../../support/folders.ts";
import { named, OVERLAYS, objectsOf } from "../render.ts";

async function isTaken(config: string): Promise<void> {
  const program = await findProgram(NATS_SERVER, readEnvironment());
  assert.ok(program, "nats-server is not there; npm test fetches it");
  using folder = temporaryFolder();
  const file = join(folder.path, "nats.conf");
  writeFileSync(file, config);
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
