/** What the services are told in the manifests is what the code takes, and every address leads somewhere. */

import assert from "node:assert/strict";
import { isOwnVariable, readEnvironment } from "../../../libs/runtime/config.ts";
import { readSettings } from "../../../libs/settings/read.ts";
import { readRules } from "../../../libs/targets/rules.ts";
import {
  type Any,
  containersOf,
  eachOverlay,
  environmentOf,
  isOurs,
  type Manifest,
  named,
  portsOf,
  type Workload,
} from "../render.ts";

eachOverlay("variables are those of the code, with values that it takes", ({ objects, workloads }) => {
  for (const workload of workloads.filter(isOurs)) {
    const [container] = containersOf(workload);
    const set = environmentOf(container, objects);
    for (const name of Object.keys(set)) assert.ok(isOwnVariable(name), `${workload.title}: ${name}`);
    const environment = readEnvironment(set);
    const { containerPort } = portsOf(workload)[0];
    assert.equal(environment.LOGBURST_HTTP_PORT, containerPort, "it listens where it is asked");
    assert.equal(environment.LOGBURST_HTTP_HOST, "0.0.0.0");
    const servers = named(objects, "StatefulSet").find(({ metadata }) => metadata.name === "nats")?.spec
      .replicas;
    assert.ok(environment.LOGBURST_REPLICAS <= servers, "no more copies than servers");
    const [service] = container.args;
    assert.equal(service, workload.labels["app.kubernetes.io/component"]);
    const files = Object.values({ ...set, settings: container.args[2] }).filter((value) =>
      value.startsWith("/etc/"),
    );
    assert.ok(files.length > 0);
    for (const file of files)
      assert.ok(mountedFiles(workload, objects).includes(file), `${workload.title}: ${file}`);
    // What another namespace's Pods are told of Services would be taken for variables.
    assert.equal(workload.pod.enableServiceLinks, false);
  }
});

/** Files of maps and secrets, where they are mounted. */
function mountedFiles(workload: Workload, objects: readonly Manifest[]): string[] {
  return containersOf(workload).flatMap(({ volumeMounts = [] }) =>
    volumeMounts.flatMap(({ name, mountPath }: Any) => {
      const { configMap, secret } = workload.pod.volumes.find((volume: Any) => volume.name === name);
      const map = named(objects, "ConfigMap").find(({ metadata }) => metadata.name === configMap?.name);
      const files = [...Object.keys(map?.data ?? {}), ...(secret?.items ?? []).map(({ path }: Any) => path)];
      return files.map((file) => `${mountPath}/${file}`);
    }),
  );
}

eachOverlay("settings are valid, and every address leads to a Service and its port", ({ objects }) => {
  const valueOfMap = (key: string) =>
    named(objects, "ConfigMap").find(({ data }) => data[key] !== undefined)?.data[key] ?? "";
  const read = readSettings(valueOfMap("settings.yaml"));
  assert.ok(read.ok, JSON.stringify(read));
  const targets = read.settings.targets ?? [];
  assert.ok(readRules(targets.join(" "), "targets"));

  const namespace = named(objects, "Namespace")[0]?.metadata.name;
  const addresses = [
    valueOfMap("NATS_URL"),
    ...targets,
    ...(valueOfMap("nats.conf").match(/nats:\/\/[^\s\]]+/g) ?? []),
    ...objects.flatMap(({ spec }) =>
      (spec?.triggers ?? []).map(({ metadata }: Any) => metadata.natsServerMonitoringEndpoint),
    ),
  ];
  for (const address of addresses) {
    const [host = "", port] = address.replace(/^\w+:\/\//, "").split(":");
    const names = host.replace(/\.svc\.cluster\.local$/, "").split(".");
    const [service, where = namespace] = names.length === 2 && host.includes(".svc") ? names : [names.at(-1)];
    // The target of production stands in a namespace that is not ours to render.
    if (where !== namespace) continue;
    const found = named(objects, "Service").find(({ metadata }) => metadata.name === service);
    if (service === "victoria-logs" && !found) continue;
    assert.ok(found, `${address} is a Service`);
    assert.ok(
      found.spec.ports.some((known: Any) => `${known.port}` === port),
      `${address} has that port`,
    );
    const isPod = names.length > 1 && !host.includes(".svc");
    if (isPod) assert.equal(found.spec.clusterIP, "None", `${address} is one Pod's name`);
  }
});
