/** The files that are made of code: dashboards, and the rules as objects of monitoring's operators. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { PACKAGE_ROOT } from "../../../libs/runtime/version.ts";
import { type Dashboard, toJson } from "./dashboard.ts";
import { fleet } from "./fleet.ts";
import { generator } from "./generator.ts";
import { run } from "./run.ts";

export const DASHBOARDS: readonly Dashboard[] = [fleet, run, generator];

const RULE_OBJECTS = [
  ["deploy/prometheus/operator/rules.yaml", "monitoring.coreos.com/v1", "PrometheusRule"],
  ["deploy/prometheus/victoriametrics/rules.yaml", "operator.victoriametrics.com/v1beta1", "VMRule"],
] as const;

/** Each file by its path from the package's root, and what stands in it. */
export function madeFiles(): [file: string, text: string][] {
  const { groups } = parse(readFileSync(join(PACKAGE_ROOT, "deploy/prometheus/rules.yaml"), "utf8"));
  const metadata = { name: "logburst", labels: { "app.kubernetes.io/part-of": "logburst" } };
  return [
    ...DASHBOARDS.map((dashboard): [string, string] => [
      `deploy/grafana/dashboards/${dashboard.uid}.json`,
      `${JSON.stringify(toJson(dashboard), undefined, 2)}\n`,
    ]),
    ...RULE_OBJECTS.map(([file, apiVersion, kind]): [string, string] => [
      file,
      `# Made of ../rules.yaml: npm run dashboards.\n${stringify({ apiVersion, kind, metadata, spec: { groups } }, { lineWidth: 0 })}`,
    ]),
  ];
}
