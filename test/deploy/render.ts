/** The manifests as they are applied: overlays rendered by kubectl, and the parts of them that tests ask about. */

import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { temporaryFolder } from "../support/folders.ts";
import { runTool } from "../support/tools.ts";

// Manifests are looked at from many sides; the schemas are what says that they have the right shape.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Any = any;

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  readonly spec: Any;
  readonly data: Record<string, string>;
  readonly rules: Any[];
}

const FOLDER = join(PACKAGE_ROOT, "deploy", "overlays");

export const OVERLAYS = readdirSync(FOLDER);

const rendered = new Map<string, string>();

/** What `kubectl kustomize` prints of an overlay. */
export function renderedText(overlay: string): string {
  const known = rendered.get(overlay) ?? runTool("kubectl", ["kustomize", join(FOLDER, overlay)]);
  rendered.set(overlay, known);
  return known;
}

/** @param version of YAML: Kubernetes reads 1.1, in which a bare `N` is a boolean */
export function objectsOf(overlay: string, version: "1.1" | "1.2" = "1.2"): Manifest[] {
  return objectsIn(renderedText(overlay), version);
}

export function objectsIn(text: string, version: "1.1" | "1.2" = "1.2"): Manifest[] {
  return parseAllDocuments(text, { version }).map((document) => document.toJS() as Manifest);
}

/** The Jobs that `logburst render` makes, as they were looked at. */
export function renderedJobs(): Workload[] {
  const text = readFileSync(join(PACKAGE_ROOT, "test", "golden", "render.yaml"), "utf8");
  const jobs = workloadsOf(objectsIn(text).filter(({ kind }) => kind === "Job"));
  assert.ok(jobs.length > 0);
  return jobs;
}

/** An overlay in which something else is written in a place of its kustomization. */
export function objectsOfChanged(overlay: string, before: string, after: string): Manifest[] {
  using folder = temporaryFolder();
  cpSync(join(PACKAGE_ROOT, "deploy"), folder.path, { recursive: true });
  const changed = join(folder.path, "overlays", overlay);
  const file = join(changed, "kustomization.yaml");
  const text = readFileSync(file, "utf8");
  assert.ok(text.includes(before));
  writeFileSync(file, text.replace(before, after));
  return objectsIn(runTool("kubectl", ["kustomize", changed]));
}

/** What makes Pods, whatever kind it is. */
export interface Workload {
  /** Kind and name, for messages. */
  readonly title: string;
  readonly name: string;
  readonly kind: string;
  readonly replicas: number | undefined;
  readonly selector: Labels | undefined;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly pod: Any;
}

export type Labels = Readonly<Record<string, string>>;

export function workloadsOf(objects: readonly Manifest[]): Workload[] {
  return objects.flatMap(({ kind, metadata, spec }) => {
    const template = spec?.template ?? spec?.jobTargetRef?.template;
    if (template === undefined) return [];
    return {
      title: `${kind} ${metadata.name}`,
      name: metadata.name,
      kind,
      replicas: spec.replicas,
      selector: spec.selector?.matchLabels,
      labels: template.metadata.labels,
      annotations: template.metadata.annotations ?? {},
      pod: template.spec,
    };
  });
}

export function containersOf({ pod }: Workload): Any[] {
  return [...(pod.initContainers ?? []), ...pod.containers];
}

export function named(objects: readonly Manifest[], kind: string): Manifest[] {
  return objects.filter((object) => object.kind === kind);
}

/** Whether a workload is of Logburst's own services. */
export const isOurs = ({ labels }: Workload) => labels["app.kubernetes.io/part-of"] === "logburst";

export const portsOf = (workload: Workload): Any[] =>
  containersOf(workload).flatMap(({ ports = [] }) => ports);

interface Rendered {
  readonly objects: readonly Manifest[];
  readonly workloads: readonly Workload[];
}

/** A test of each overlay, named after it. */
export function eachOverlay(name: string, check: (rendered: Rendered) => void): void {
  for (const overlay of OVERLAYS)
    test(`${overlay}: ${name}`, () => {
      const objects = objectsOf(overlay);
      const workloads = workloadsOf(objects);
      assert.ok(workloads.length >= 3);
      check({ objects, workloads });
    });
}

/** Whether a selector of labels and expressions picks something with these labels. */
export function picks(selector: Any, labels: Labels): boolean {
  const equal = Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  const expressions: Any[] = selector?.matchExpressions ?? [];
  return (
    equal &&
    expressions.every(({ key, operator, values }) => operator === "In" && values.includes(labels[key]))
  );
}

/** A quantity of CPU or memory as a number: cores, or bytes. */
export function amountOf(quantity: string | number): number {
  const [, digits = "", unit = ""] = /^([\d.]+)(m|Ki|Mi|Gi|Ti|)$/.exec(String(quantity)) ?? [];
  if (digits === "") throw new RangeError(`${quantity} is no quantity`);
  const factors: Record<string, number> = {
    "": 1,
    m: 1e-3,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    Ti: 2 ** 40,
  };
  return Number(digits) * (factors[unit] ?? Number.NaN);
}

/** The variables of a container as it sees them, from maps and from its own list; secrets are left out. */
export function environmentOf(container: Any, objects: readonly Manifest[]): Record<string, string> {
  const maps: Any[] = (container.envFrom ?? []).map(
    ({ configMapRef }: Any) =>
      configMapRef &&
      named(objects, "ConfigMap").find(({ metadata }) => metadata.name === configMapRef.name)?.data,
  );
  const own = (container.env ?? []).map(({ name, value }: Any) => [name, value ?? "from-elsewhere"]);
  return Object.assign({}, ...maps, Object.fromEntries(own));
}
