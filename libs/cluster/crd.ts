/** BenchmarkConfig as a custom resource: its definition is made from the schemas that configs are read by. */

import { z } from "zod";
import { BENCHMARK_RESOURCE, BenchmarkStatus } from "../protocol/benchmark-object.ts";
import { WrittenConfig } from "../protocol/config/schema.ts";
import { structural } from "./structural.ts";

/** What `kubectl get benchmarkconfigs` shows. */
const COLUMNS = [
  { name: "Phase", type: "string", jsonPath: ".status.phase" },
  { name: "Progress", type: "string", jsonPath: ".status.progress" },
  { name: "Verdict", type: "string", jsonPath: ".status.verdict" },
  { name: "Run", type: "string", jsonPath: ".status.runId" },
  { name: "Message", type: "string", jsonPath: ".status.message", priority: 1 },
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
];

export function customResourceDefinition(): object {
  const { group, version, kind, plural, singular } = BENCHMARK_RESOURCE;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      labels: { "app.kubernetes.io/part-of": "logburst" },
    },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural, singular, listKind: `${kind}List`, shortNames: ["bench"] },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: COLUMNS,
          schema: { openAPIV3Schema: objectSchema() },
        },
      ],
    },
  };
}

/** The schema of an object. What it is called and by whom it is looked after is the API's own matter. */
function objectSchema(): object {
  return {
    type: "object",
    description: "A benchmark: applied, it runs; its status tells how far it is and how it ended.",
    required: ["spec"],
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: { type: "object" },
      spec: openApiOf(WrittenConfig.shape.spec),
      status: openApiOf(BenchmarkStatus),
    },
  };
}

function openApiOf(schema: z.ZodType): object {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { io: "input", target: "openapi-3.0" });
  return structural(json);
}
