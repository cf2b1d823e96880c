/** The schemas of Kubernetes objects, closed: a field that no schema looks at is a mistake. */

import { ScaledJob, ScaledObject } from "@kubernetes-models/keda/keda.sh/v1alpha1";
import { Deployment, StatefulSet } from "kubernetes-models/apps/v1";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1";
import { Role, RoleBinding } from "kubernetes-models/rbac.authorization.k8s.io/v1";
import {
  ConfigMap,
  LimitRange,
  Namespace,
  PersistentVolumeClaim,
  ResourceQuota,
  Service,
  ServiceAccount,
} from "kubernetes-models/v1";
import { z } from "zod";
import type { Manifest } from "./render.ts";

const MODELS = [
  ...[Deployment, StatefulSet, NetworkPolicy, PodDisruptionBudget, Role, RoleBinding, ConfigMap, LimitRange],
  ...[Namespace, PersistentVolumeClaim, ResourceQuota, Service, ServiceAccount, ScaledJob, ScaledObject],
];

/** Fields that are newer than the schemas, and labels that KEDA takes as they are. */
const BEYOND = [
  /^ScaledJob\/spec\/jobTargetRef\/template\/metadata\/(labels|annotations)/,
  /^ScaledObject\/spec\/fallback\/behavior$/,
  /^Deployment\/spec\/template\/spec\/containers\/\d+\/lifecycle\/preStop\/sleep/,
];

const Metadata = z.strictObject({
  name: z.string(),
  namespace: z.string(),
  labels: z.record(z.string(), z.string()).optional(),
});
const Selector = z.strictObject({ matchLabels: z.record(z.string(), z.string()) });
const Rule = z.strictObject({
  record: z.string().optional(),
  alert: z.string().optional(),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
const Groups = z.array(
  z.strictObject({ name: z.string(), interval: z.string().optional(), rules: z.array(Rule) }),
);
const Endpoint = z.strictObject({
  port: z.string(),
  path: z.string(),
  interval: z.string(),
  scheme: z.enum(["http", "https"]).optional(),
  tlsConfig: z
    .strictObject({
      ca: z.strictObject({ secret: z.strictObject({ name: z.string(), key: z.string() }) }),
      serverName: z.string(),
    })
    .optional(),
});
const Endpoints = z.array(Endpoint);

/** Objects of monitoring's operators, as far as they are used. */
const MONITORING: Readonly<Record<string, z.ZodType>> = {
  "monitoring.coreos.com/v1 ServiceMonitor": z.strictObject({
    selector: Selector,
    jobLabel: z.string(),
    endpoints: Endpoints,
  }),
  "monitoring.coreos.com/v1 PrometheusRule": z.strictObject({ groups: Groups }),
  "operator.victoriametrics.com/v1beta1 VMServiceScrape": z.strictObject({
    selector: Selector,
    jobLabel: z.string(),
    endpoints: Endpoints,
  }),
  "operator.victoriametrics.com/v1beta1 VMRule": z.strictObject({ groups: Groups }),
};

/** What is wrong with an object, in words; nothing, if it is as it must be. */
export function problemsOf(object: Manifest): string[] {
  const { apiVersion, kind } = object;
  // The config's own definition is made of its schema, and looked at where that is.
  if (kind === "CustomResourceDefinition") return [];
  const monitoring = MONITORING[`${apiVersion} ${kind}`];
  if (monitoring) {
    const shape = z.strictObject({
      apiVersion: z.string(),
      kind: z.string(),
      metadata: Metadata,
      spec: monitoring,
    });
    return shape.safeParse(object).error?.issues.map(({ message }) => message) ?? [];
  }
  const model = MODELS.find((known) => known.apiVersion === apiVersion && known.kind === kind);
  if (!model) return [`no schema for ${apiVersion} ${kind}`];
  const looked = new Set<string>();
  try {
    model.prototype.validate.call(watched(object, kind, looked) as never);
  } catch (error) {
    return [(error as Error).message];
  }
  return fieldsOf(object, kind)
    .filter((path) => !looked.has(path) && !BEYOND.some((known) => known.test(path)))
    .map((path) => `unknown field ${path}`);
}

/** A value that notes each of its fields that is looked at. */
function watched(value: unknown, path: string, looked: Set<string>): unknown {
  if (typeof value !== "object" || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      const inner: unknown = Reflect.get(target, key);
      if (typeof key !== "string" || typeof inner === "function") return inner;
      looked.add(`${path}/${key}`);
      return watched(inner, `${path}/${key}`, looked);
    },
  });
}

function fieldsOf(value: unknown, path: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    `${path}/${key}`,
    ...fieldsOf(inner, `${path}/${key}`),
  ]);
}
