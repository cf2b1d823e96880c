/** The network policies let through what the services say to each other, and nothing else. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Any, type Labels, type Manifest, named, objectsOf, picks, workloadsOf } from "../render.ts";

interface Place {
  readonly namespace: string;
  readonly labels: Labels;
  /** Of the namespace. */
  readonly namespaceLabels: Labels;
}

const OURS = "logburst";

/** Who there is inside, and who knocks from outside. */
function places(objects: readonly Manifest[]): Record<string, Place> {
  const inside = workloadsOf(objects)
    .filter(({ name }) => !name.includes("-heavy"))
    .map(({ name, labels }) => [name, placeIn(OURS, labels)] as const);
  return {
    ...Object.fromEntries(inside),
    dns: placeIn("kube-system", { "k8s-app": "kube-dns" }),
    keda: placeIn("keda"),
    prometheus: placeIn("monitoring"),
    ingress: placeIn("ingress", {}, { "benchmark.victorialogs.io/client": "true" }),
    stranger: placeIn("elsewhere"),
  };
}

function placeIn(namespace: string, labels: Labels = {}, more: Labels = {}): Place {
  return { namespace, labels, namespaceLabels: { "kubernetes.io/metadata.name": namespace, ...more } };
}

function isPeer(peer: Any, { labels, namespace, namespaceLabels }: Place): boolean {
  if (peer.ipBlock) return namespace !== OURS && peer.ipBlock.cidr === "0.0.0.0/0";
  const isThere = peer.namespaceSelector
    ? picks(peer.namespaceSelector, namespaceLabels)
    : namespace === OURS;
  return isThere && (peer.podSelector === undefined || picks(peer.podSelector, labels));
}

/** Whether the policies around one end let a connection through. */
function allows(
  policies: readonly Manifest[],
  side: "ingress" | "egress",
  here: Place,
  there: Place,
  port: Port,
) {
  if (here.namespace !== OURS) return true;
  const type = side === "ingress" ? "Ingress" : "Egress";
  const around = policies.filter(
    ({ spec }) => spec.policyTypes.includes(type) && picks(spec.podSelector, here.labels),
  );
  if (around.length === 0) return true;
  const rules: Any[] = around.flatMap(({ spec }) => spec[side] ?? []);
  return rules.some(
    ({ from, to, ports }) =>
      ports.some((known: Any) => known.port === port.number || known.port === port.name) &&
      (from ?? to).some((peer: Any) => isPeer(peer, there)),
  );
}

interface Port {
  readonly number: number;
  readonly name: string;
}

const PORTS: readonly (readonly [string, Port])[] = [
  ["coordinator", { number: 8080, name: "http" }],
  ["aggregator", { number: 8081, name: "http" }],
  ["worker", { number: 8080, name: "http" }],
  ["nats", { number: 4222, name: "client" }],
  ["nats", { number: 6222, name: "cluster" }],
  ["nats", { number: 8222, name: "monitor" }],
  ["victoria-logs", { number: 9428, name: "http" }],
  ["dns", { number: 53, name: "dns" }],
];

function edgesOf(overlay: string): string[] {
  const objects = objectsOf(overlay);
  const policies = named(objects, "NetworkPolicy");
  const all = places(objects);
  return Object.entries(all).flatMap(([from, source]) =>
    PORTS.filter(([to, port]) => {
      const target = all[to];
      if (!target || (source.namespace !== OURS && target.namespace !== OURS)) return false;
      return (
        allows(policies, "egress", source, target, port) && allows(policies, "ingress", target, source, port)
      );
    }).map(([to, { number }]) => `${from} > ${to}:${number}`),
  );
}

test("the edges are those that the services use: NATS for all, the target for two, metrics for Prometheus", () => {
  assert.deepEqual(edgesOf("demo").sort(), [
    "aggregator > dns:53",
    "aggregator > nats:4222",
    "coordinator > dns:53",
    "coordinator > nats:4222",
    "coordinator > victoria-logs:9428",
    "ingress > coordinator:8080",
    "keda > nats:8222",
    "nats > dns:53",
    "nats > nats:6222",
    "prometheus > aggregator:8081",
    "prometheus > coordinator:8080",
    "prometheus > nats:8222",
    "prometheus > worker:8080",
    "victoria-logs > dns:53",
    "worker > dns:53",
    "worker > nats:4222",
    "worker > victoria-logs:9428",
  ]);
});

test("a target in a namespace of its own is reached by workers and coordinators alone", () => {
  const policies = named(objectsOf("production"), "NetworkPolicy");
  const all = places(objectsOf("production"));
  const target = placeIn("victoria-logs", { "app.kubernetes.io/name": "victoria-logs" });
  const reaching = Object.entries(all)
    .filter(([, place]) => place.namespace === OURS)
    .filter(([, place]) => allows(policies, "egress", place, target, { number: 9428, name: "http" }))
    .map(([name]) => name);
  assert.deepEqual(reaching.sort(), ["coordinator", "worker"]);
});
