/** From the text of a library's document to what it means, or to what is wrong with it, with line and column. */

import { z } from "zod";
import { explain, type Finding, finding, type Path, pathOf } from "../protocol/config/problems.ts";
import {
  type Override,
  type Read,
  readConfig,
  readDocument,
  type Validated,
  validateConfig,
} from "../protocol/config/read.ts";
import type { ConfigDocument } from "../protocol/config/schema.ts";
import {
  LIBRARY_SCHEMAS,
  type PlanSpec,
  RUNNABLE_KINDS,
  type RunnableKind,
  type ScenarioSpec,
  type ScheduleSpec,
  type SuiteSpec,
} from "../protocol/library/documents.ts";
import { TOKEN } from "../protocol/names.ts";
import { readCron } from "./cron.ts";

interface Named {
  readonly name: string;
  readonly description: string | undefined;
  /** As it was written. */
  readonly document: Readonly<Record<string, unknown>>;
}

export type Item = Named &
  (
    | {
        readonly kind: "scenario";
        readonly parameters: ScenarioSpec["parameters"];
        readonly config: ConfigDocument;
      }
    | { readonly kind: "suite"; readonly spec: SuiteSpec }
    | { readonly kind: "plan"; readonly spec: PlanSpec }
    | { readonly kind: "schedule"; readonly spec: ScheduleSpec }
  );

/** One entry that another one names. */
export interface Reference {
  readonly kind: RunnableKind;
  readonly name: string;
  /** Where it is named. */
  readonly path: Path;
}

export function readItem(text: string): Read<{ item: Item }> {
  return readDocument(text, [], validateItem);
}

/** Reads a document that is already an object. */
export function validateItem(value: unknown): Validated<{ item: Item }> {
  const document = value as Record<string, unknown>;
  if (document.kind === "BenchmarkConfig") return plainScenario(document);
  const schema = LIBRARY_SCHEMAS[document.kind as keyof typeof LIBRARY_SCHEMAS];
  if (!Object.hasOwn(LIBRARY_SCHEMAS, String(document.kind)) || !schema) {
    const known = ["BenchmarkConfig", ...Object.keys(LIBRARY_SCHEMAS)].join(", ");
    return refused([finding(["kind"], "is not what a library holds", `write one of ${known}`)]);
  }
  const parsed = schema.safeParse(document);
  if (!parsed.success) {
    return refused(explain(parsed.error, document, () => z.toJSONSchema(schema, { io: "input" }) as never));
  }
  const { data } = parsed;
  const named = { name: data.metadata.name, description: data.spec.description, document };
  if (data.kind === "Scenario") return scenario(named, data.spec);
  const findings =
    data.kind === "Plan" ? checkPlan(data.spec) : data.kind === "Schedule" ? checkSchedule(data.spec) : [];
  if (findings.length > 0) return refused(findings);
  const kind = data.kind.toLowerCase() as "suite" | "plan" | "schedule";
  return { ok: true, item: { ...named, kind, spec: data.spec } as Item };
}

function refused(findings: Finding[]): { ok: false; findings: Finding[] } {
  return { ok: false, findings };
}

/** A config is a scenario without parameters, as it is. */
function plainScenario(document: Record<string, unknown>): Validated<{ item: Item }> {
  const read = validateConfig(document);
  if (!read.ok) return read;
  const { name, annotations } = read.config.metadata;
  if (!TOKEN.test(name)) {
    const remedy = "use letters, digits, - and _, or put it into a Scenario with such a name";
    return refused([finding(["metadata", "name"], "is no name for a library", remedy)]);
  }
  const description = annotations?.description;
  return {
    ok: true,
    item: { kind: "scenario", name, description, document, parameters: {}, config: read.document },
  };
}

/** Its config must be valid with the parameters' defaults. */
function scenario(named: Named, { parameters, config }: ScenarioSpec): Validated<{ item: Item }> {
  const defaults = Object.values(parameters).flatMap(({ path, default: value }) =>
    value === undefined ? [] : [override(path, value)],
  );
  const read = readConfig(JSON.stringify(config), defaults);
  if (!read.ok) {
    const within = ["spec", "config"];
    return refused(
      read.problems.map(({ pointer = "", path, message, remedy }) =>
        finding([...within, ...(pointer === "" ? [path] : pathOf(pointer))], message, remedy),
      ),
    );
  }
  return { ok: true, item: { ...named, kind: "scenario", parameters, config: config as ConfigDocument } };
}

/** An item's document with another config in it, where it has one. */
export function withConfig(
  item: Item,
  change: (config: ConfigDocument) => ConfigDocument,
): Record<string, unknown> {
  const { document } = item;
  if (item.kind !== "scenario") return { ...document };
  if (document.kind === "BenchmarkConfig") return { ...change(item.config) };
  return { ...document, spec: { ...(document.spec as object), config: change(item.config) } };
}

export function override(path: string, value: unknown): Override {
  return { path, value: JSON.stringify(value) };
}

function checkPlan({ stages }: PlanSpec): Finding[] {
  const before = new Set<string>();
  return stages.flatMap((stage, at) => {
    const path = ["spec", "stages", at];
    const unknown = Object.keys(stage.if).filter((name) => !before.has(name));
    const isTwice = before.has(stage.name);
    before.add(stage.name);
    return [
      ...oneOf(stage, ["suite", "scenario"], path),
      ...(isTwice ? [finding([...path, "name"], "is the name of another stage too", "choose another")] : []),
      ...unknown.map((name) =>
        finding([...path, "if", name], "is no stage before this one", "name a stage that stands above"),
      ),
    ];
  });
}

function checkSchedule(spec: ScheduleSpec): Finding[] {
  const times = readCron(spec.cron, spec.time_zone);
  const fault =
    "field" in times
      ? [
          finding(
            ["spec", times.field],
            times.message,
            times.field === "cron"
              ? 'write five fields, such as "0 2 * * *"'
              : "write a name such as Europe/Berlin or UTC",
          ),
        ]
      : [];
  return [...oneOf(spec, RUNNABLE_KINDS, ["spec"]), ...fault];
}

type Choice = { readonly [K in RunnableKind]?: string | undefined };

function oneOf(choice: Choice, kinds: readonly RunnableKind[], path: Path): Finding[] {
  const named = kinds.filter((kind) => choice[kind] !== undefined);
  if (named.length === 1) return [];
  const words = kinds.join(" or ");
  const message = named.length === 0 ? "names nothing to run" : `names both ${named.join(" and ")}`;
  return [finding(path, message, `write one: ${words}`)];
}

/** What a stage or a schedule runs. */
export function chosen(choice: Choice): { readonly kind: RunnableKind; readonly name: string } {
  const kind = RUNNABLE_KINDS.find((each) => choice[each] !== undefined) ?? "scenario";
  return { kind, name: choice[kind] ?? "" };
}

/** The entries that an item cannot do without. */
export function referencesOf(item: Item): Reference[] {
  if (item.kind === "scenario") return [];
  if (item.kind === "suite")
    return item.spec.scenarios.map(({ scenario: name }, at) => ({
      kind: "scenario",
      name,
      path: ["spec", "scenarios", at, "scenario"],
    }));
  if (item.kind === "plan")
    return item.spec.stages.map((stage, at) => {
      const { kind, name } = chosen(stage);
      return { kind, name, path: ["spec", "stages", at, kind] };
    });
  const { kind, name } = chosen(item.spec);
  return [{ kind, name, path: ["spec", kind] }];
}
