/** Workers of a system whose parts speak TLS: what the overlay `tls` adds to its own workers is added to those that are rendered. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { PACKAGE_ROOT } from "../../../libs/runtime/version.ts";
import type { WorkerTemplate } from "./manifests.ts";

const OVERLAY = join(PACKAGE_ROOT, "deploy", "overlays", "tls");
/** As manifests are read. */
const YAML = { version: "1.1" } as const;

/** A step of a JSON patch (RFC 6902). The overlay's do nothing but add. */
interface Addition {
  readonly path: string;
  readonly value: unknown;
}

interface KeyedWorkload {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly template: { readonly spec: { readonly volumes: readonly unknown[] } } };
}

export function securedTemplate({ spec, ...others }: WorkerTemplate): WorkerTemplate {
  const additions = parse(readFileSync(join(OVERLAY, "services.yaml"), "utf8"), YAML) as Addition[];
  const keys = parseAllDocuments(readFileSync(join(OVERLAY, "keys.yaml"), "utf8"), YAML)
    .map((document) => document.toJS() as KeyedWorkload)
    .find(({ metadata }) => metadata.name === "worker");
  const volumes = keys?.spec.template.spec.volumes ?? [];
  const key = volumes.map((value) => ({ path: "/spec/template/spec/volumes/-", value }));
  // A Job has its Pods' template where a Deployment has it.
  const { spec: jobTargetRef } = withAdded({ spec: spec.jobTargetRef }, [...additions, ...key]);
  return { ...others, spec: { ...spec, jobTargetRef } };
}

type Place = Record<string, unknown>;

function withAdded<T extends object>(object: T, additions: readonly Addition[]): T {
  const copy = structuredClone(object);
  for (const { path, value } of additions) {
    const steps = path
      .split("/")
      .slice(1)
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = steps.pop() as string;
    const place = steps.reduce((part, step) => part[step] as Place, copy as Place);
    if (Array.isArray(place)) place.push(value);
    else place[last] = value;
  }
  return copy;
}
