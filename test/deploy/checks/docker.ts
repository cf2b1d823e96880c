/** The image and the laptop's compose file name files, variables and ports that are there. */

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { isOwnVariable, readEnvironment } from "../../../libs/runtime/config.ts";
import { STOP_LIMIT_MS } from "../../../libs/runtime/process.ts";
import { PACKAGE_ROOT, VERSION } from "../../../libs/runtime/version.ts";
import { type Any, containersOf, objectsOf, workloadsOf } from "../render.ts";

const FOLDER = join(PACKAGE_ROOT, "deploy", "docker");
const DOCKERFILE = readFileSync(join(FOLDER, "Dockerfile"), "utf8");
const COMPOSE: Any = parse(readFileSync(join(FOLDER, "compose.yaml"), "utf8"), { merge: true });

test("what the image is built of is there, and is not kept from the build", () => {
  const ignored = readFileSync(join(PACKAGE_ROOT, ".dockerignore"), "utf8");
  const copies = [...DOCKERFILE.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = ""]) =>
    files.split(" "),
  );
  assert.ok(copies.length >= 8);
  for (const file of copies) {
    assert.ok(existsSync(join(PACKAGE_ROOT, file)), file);
    const kept = file.startsWith("deploy/") ? "deploy" : file;
    assert.match(ignored, new RegExp(`^!${kept.replaceAll(".", "\\.")}$`, "m"), file);
  }
});

test("the image runs as nobody in particular, on Node 24, and begins with the one door", () => {
  assert.match(DOCKERFILE, /^USER [1-9]\d*:[1-9]\d*$/m);
  const bases = [...DOCKERFILE.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  assert.deepEqual(bases, ["node:24-slim", "node:24-slim"]);
  assert.match(DOCKERFILE, /^ENTRYPOINT \["node", "\/app\/dist\/bin\/logburst\.js"\]$/m);
});

test("services of the compose file have variables that the code takes, and time to leave", () => {
  for (const role of ["coordinator", "aggregator", "worker"]) {
    const {
      environment,
      command,
      stop_grace_period: grace,
      image,
      read_only: isReadOnly,
    } = COMPOSE.services[role];
    for (const name of Object.keys(environment)) assert.ok(isOwnVariable(name), name);
    const read = readEnvironment(
      Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)])),
    );
    assert.equal(read.NATS_URL, "nats://nats:4222");
    assert.deepEqual(command, [role]);
    assert.equal(image, `logburst:${VERSION}`);
    assert.ok(Number.parseInt(grace, 10) > STOP_LIMIT_MS / 1000);
    assert.equal(isReadOnly, true);
  }
});

test("ports are open on this machine alone, and files that are mounted are there", () => {
  const services = Object.values(COMPOSE.services) as Any[];
  for (const { ports = [], volumes = [] } of services) {
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/);
    for (const volume of volumes) {
      const [source = ""] = volume.split(":");
      if (source.startsWith(".")) assert.ok(existsSync(join(FOLDER, source)), source);
      else assert.ok(source in COMPOSE.volumes, source);
    }
  }
  assert.ok(services.some(({ profiles }) => profiles?.includes("monitoring")));
});

test("the laptop's servers are those of the cluster", () => {
  const inCluster = workloadsOf(objectsOf("demo")).flatMap(containersOf);
  for (const name of ["nats", "victoria-logs"])
    assert.equal(COMPOSE.services[name].image, inCluster.find((container) => container.name === name)?.image);
});
