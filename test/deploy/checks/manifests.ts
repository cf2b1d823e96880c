/** What only a cluster would tell: names that lead nowhere, limits that contradict each other, rights that are too wide. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { STOP_LIMIT_MS } from "../../../libs/runtime/process.ts";
import { VERSION } from "../../../libs/runtime/version.ts";
import {
  type Any,
  amountOf,
  containersOf,
  eachOverlay,
  isOurs,
  named,
  objectsOf,
  picks,
  portsOf,
  renderedJobs,
  type Workload,
} from "../render.ts";

/** Secrets that README has a reader make, with their keys; nothing else may be asked for. */
const SECRETS: Readonly<Record<string, readonly string[] | "any">> = {
  logburst: ["seal-key", "tokens"],
  "logburst-target": "any",
  "logburst-processors": "any",
  "logburst-tls": ["tls.crt", "tls.key", "ca.crt"],
  "nats-tls": ["tls.crt", "tls.key", "ca.crt"],
  "nats-auth": ["auth.conf"],
  "logburst-nats-coordinator": ["nkey"],
  "logburst-nats-aggregator": ["nkey"],
  "logburst-nats-worker": ["nkey"],
};

eachOverlay(
  "selectors pick what they are meant for, and no Pod is in two hands",
  ({ objects, workloads }) => {
    for (const { title, selector, labels } of workloads) {
      if (selector === undefined) continue;
      assert.ok(picks({ matchLabels: selector }, labels), `${title} does not pick its own Pods`);
      const owners = workloads.filter(
        (other) => other.selector && picks({ matchLabels: other.selector }, labels),
      );
      assert.equal(owners.length, 1, `${title}: ${owners.map((owner) => owner.title).join(", ")}`);
    }
    const selecting = [
      ...named(objects, "Service").map(({ metadata, spec }) => [
        metadata.name,
        { matchLabels: spec.selector },
      ]),
      ...named(objects, "PodDisruptionBudget").map(({ metadata, spec }) => [metadata.name, spec.selector]),
      ...named(objects, "NetworkPolicy").map(({ metadata, spec }) => [metadata.name, spec.podSelector]),
    ] as const;
    for (const [name, selector] of selecting)
      assert.ok(
        workloads.some(({ labels }) => picks(selector, labels)),
        `${name} picks no Pod`,
      );
  },
);

eachOverlay("every port that is named is there", ({ objects, workloads }) => {
  for (const { metadata, spec } of named(objects, "Service")) {
    const picked = workloads.filter(({ labels }) => picks({ matchLabels: spec.selector }, labels));
    for (const { port, targetPort } of spec.ports)
      for (const workload of picked)
        assert.ok(
          portsOf(workload).some((known) => known.name === targetPort && known.containerPort === port),
          `${metadata.name}: ${targetPort} of ${workload.title}`,
        );
  }
  for (const workload of workloads) {
    const names = portsOf(workload).map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const { startupProbe, livenessProbe, readinessProbe } of containersOf(workload))
      for (const probe of [startupProbe, livenessProbe, readinessProbe])
        if (probe) assert.ok(names.includes(probe.httpGet.port), `${workload.title}: ${probe.httpGet.port}`);
    const scraped = workload.annotations["prometheus.io/port"];
    if (isOurs(workload))
      assert.ok(portsOf(workload).some(({ containerPort }) => `${containerPort}` === scraped));
  }
});

eachOverlay(
  "every volume, map, secret, claim and account that is named is there",
  ({ objects, workloads }) => {
    const has = (kind: string, name: string) =>
      assert.ok(
        named(objects, kind).some(({ metadata }) => metadata.name === name),
        `${kind} ${name}`,
      );
    const hasSecret = (name: string, keys: readonly string[]) => {
      const known = SECRETS[name];
      assert.ok(known, `the Secret ${name} is one that README has made`);
      for (const key of keys) assert.ok(known === "any" || known.includes(key), `${name} has ${key}`);
    };
    for (const workload of workloads) {
      const { pod, kind, title } = workload;
      if (isOurs(workload)) has("ServiceAccount", pod.serviceAccountName);
      const volumes: Any[] = pod.volumes ?? [];
      const sources: Any[] = volumes.flatMap(({ projected }) => projected?.sources ?? []);
      for (const { configMap, secret, persistentVolumeClaim: claim } of [...volumes, ...sources]) {
        if (configMap) has("ConfigMap", configMap.name);
        if (secret)
          hasSecret(
            secret.secretName ?? secret.name,
            (secret.items ?? []).map(({ key }: Any) => key),
          );
        if (claim) has("PersistentVolumeClaim", claim.claimName);
      }
      const claimed: Any[] =
        objects.find((object) => object.kind === kind && object.metadata.name === workload.name)?.spec
          .volumeClaimTemplates ?? [];
      const there = [...volumes.map(({ name }) => name), ...claimed.map(({ metadata }) => metadata.name)];
      const mounts: Any[] = containersOf(workload).flatMap(({ volumeMounts = [] }) => volumeMounts);
      for (const { name } of mounts) assert.ok(there.includes(name), `${title} mounts ${name}`);
      assert.deepEqual(
        there.filter((name) => !mounts.some((mount) => mount.name === name)),
        [],
        `${title} mounts all`,
      );
      for (const { envFrom = [] } of containersOf(workload))
        for (const { configMapRef, secretRef } of envFrom) {
          if (configMapRef) has("ConfigMap", configMapRef.name);
          if (secretRef) hasSecret(secretRef.name, []);
        }
    }
    for (const { subjects, roleRef } of named(objects, "RoleBinding") as Any[]) {
      has(roleRef.kind, roleRef.name);
      for (const { kind, name } of subjects) has(kind, name);
    }
  },
);

eachOverlay(
  "what a container asks for is below its limit, and the seed's figures hold",
  ({ objects, workloads }) => {
    for (const workload of workloads)
      for (const { resources } of containersOf(workload))
        for (const what of ["cpu", "memory"])
          assert.ok(amountOf(resources.requests[what]) <= amountOf(resources.limits[what]), workload.title);
    const quota = named(objects, "ResourceQuota")[0]?.spec.hard;
    if (!quota) return;
    for (const service of ["coordinator", "aggregator", "worker"]) {
      const [container] = containersOf(workloads.find(({ name }) => name === service) as Workload);
      assert.deepEqual(container.resources, {
        requests: { cpu: "500m", memory: "1Gi" },
        limits: { cpu: "2", memory: "4Gi" },
      });
    }
    const most = (workload: Workload) =>
      workload.replicas ??
      named(objects, "ScaledObject").find(({ spec }) => spec.scaleTargetRef.name === workload.name)?.spec
        .maxReplicaCount;
    const sum = (of: (resources: Any) => number) =>
      workloads.reduce((all, each) => all + most(each) * of(containersOf(each)[0].resources), 0);
    for (const side of ["requests", "limits"])
      for (const what of ["cpu", "memory"]) {
        const wanted = sum((resources) => amountOf(resources[side][what]));
        assert.ok(wanted <= amountOf(quota[`${side}.${what}`]), `${side}.${what}: ${wanted}`);
      }
    assert.ok(sum(() => 1) <= Number(quota.pods));
  },
);

eachOverlay(
  "every container meets the restricted profile, and the namespace asks for it",
  ({ objects, workloads }) => {
    const [namespace] = named(objects, "Namespace");
    assert.equal(namespace?.metadata.labels?.["pod-security.kubernetes.io/enforce"], "restricted");
    for (const workload of workloads) {
      const { pod, title } = workload;
      assert.equal(pod.securityContext.runAsNonRoot, true, title);
      assert.ok(pod.securityContext.runAsUser > 0, title);
      assert.equal(pod.securityContext.seccompProfile.type, "RuntimeDefault", title);
      assert.ok(!pod.hostNetwork && !pod.hostPID && !pod.hostIPC, title);
      for (const { securityContext, ports = [] } of containersOf(workload)) {
        assert.deepEqual(
          securityContext,
          { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
          title,
        );
        assert.ok(
          ports.every(({ hostPort }: Any) => hostPort === undefined),
          title,
        );
      }
      for (const volume of pod.volumes ?? []) assert.ok(!("hostPath" in volume), title);
      const isAsking = workload.labels["app.kubernetes.io/component"] === "coordinator";
      assert.equal(pod.automountServiceAccountToken, isAsking, `${title}: token`);
    }
  },
);

eachOverlay("who leaves has time to do it in order", ({ workloads }) => {
  for (const workload of workloads.filter(isOurs)) {
    const sleepS = containersOf(workload)[0].lifecycle?.preStop?.sleep?.seconds ?? 0;
    assert.ok(workload.pod.terminationGracePeriodSeconds > STOP_LIMIT_MS / 1000 + sleepS, workload.title);
  }
});

eachOverlay("rights are one namespace's, and named one by one", ({ objects }) => {
  const wide = objects.filter(({ kind }) => /^ClusterRole/.test(kind));
  assert.deepEqual(wide, []);
  for (const { rules } of named(objects, "Role"))
    for (const { verbs, resources, apiGroups } of rules) {
      assert.ok(![...verbs, ...resources, ...apiGroups].includes("*"));
      assert.ok(!resources.includes("secrets"));
      const mayWrite = verbs.some((verb: string) => !["get", "list", "watch"].includes(verb));
      assert.ok(!mayWrite || apiGroups[0] === "benchmark.victorialogs.io", JSON.stringify(resources));
    }
});

eachOverlay("images have a version, and no secret stands in what is kept", ({ objects, workloads }) => {
  for (const workload of workloads)
    for (const { image } of containersOf(workload)) {
      const [, name, tag] = /^(.+):([^:]+)$/.exec(image) ?? [];
      assert.ok(tag !== undefined && tag !== "latest", image);
      if (name === "logburst") assert.equal(tag, VERSION);
    }
  assert.deepEqual(named(objects, "Secret"), []);
});

test("a bare N is seen for the boolean that it is", () => {
  const [document] = parseAllDocuments("name: N", { version: "1.1" });
  assert.deepEqual(document?.toJS(), { name: false });
});

test("the Jobs that logburst render makes find the maps, secrets and account that they name", () => {
  const objects = objectsOf("production");
  for (const { pod } of renderedJobs()) {
    const accounts = named(objects, "ServiceAccount").map(({ metadata }) => metadata.name);
    assert.ok(accounts.includes(pod.serviceAccountName));
    const maps = named(objects, "ConfigMap").map(({ metadata }) => metadata.name);
    for (const { configMapRef } of pod.containers[0].envFrom)
      if (configMapRef) assert.ok(maps.includes(configMapRef.name), configMapRef.name);
    for (const { secret } of pod.volumes)
      if (secret) assert.ok(secret.secretName in SECRETS, secret.secretName);
  }
});
