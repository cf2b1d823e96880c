/** From an entry of the library to the runs that it means: stages of configs, with all parameters and overrides in place. */

import { ConfigProblems, type Problem } from "../protocol/config/problems.ts";
import { type Override, readConfig } from "../protocol/config/read.ts";
import type { ConfigDocument } from "../protocol/config/schema.ts";
import { LogburstError } from "../protocol/errors.ts";
import { LIBRARY_LIMITS, type RunnableKind, type Values } from "../protocol/library/documents.ts";
import type { ExecutionStage } from "../protocol/library/execution.ts";
import { chosen, type Item, override } from "./read.ts";

/** Finds an entry. @throws LogburstError `not_found` */
export type Find = (kind: RunnableKind, name: string) => Promise<Item>;

/** What is to be otherwise than the entry says. */
export interface Wanted {
  readonly parameters: Values;
  readonly set: Values;
}

export interface ResolvedStage extends Omit<ExecutionStage, "state"> {
  /** One for each of its scenarios. */
  readonly configs: readonly ConfigDocument[];
}

type ScenarioItem = Extract<Item, { kind: "scenario" }>;

/**
 * @param wanted holds for every scenario; a parameter that none of them has is a mistake
 * @throws LogburstError `not_found`, `bad_config`
 */
export async function resolveItem(item: Item, wanted: Wanted, find: Find): Promise<ResolvedStage[]> {
  const known = new Set<string>();
  const stages = await stagesOf(item, [wanted], find, known);
  const runs = stages.reduce((sum, { configs }) => sum + configs.length, 0);
  if (runs > LIBRARY_LIMITS.runs) {
    throw new LogburstError("bad_config", `${item.kind} ${item.name} has ${runs} runs`, {
      remedies: [`${LIBRARY_LIMITS.runs} are the most: make two of it`],
    });
  }
  refuse(item.name, unknownParameters(wanted.parameters, known));
  return stages;
}

async function stagesOf(
  item: Item,
  wanted: readonly Wanted[],
  find: Find,
  known: Set<string>,
): Promise<ResolvedStage[]> {
  switch (item.kind) {
    case "scenario":
      return [{ ...LONE, name: item.name, scenarios: [item.name], configs: [configOf(item, wanted, known)] }];
    case "suite":
      return [await suiteStage(item, wanted, find, known)];
    case "plan":
      return planStages(item, wanted, find, known);
    case "schedule":
      throw new LogburstError("bad_request", `schedule ${item.name} is not run: it runs something`);
    default:
      return item satisfies never;
  }
}

const LONE = { if: {}, stops: true, cuts: false } as const;

async function suiteStage(
  { name, spec }: Extract<Item, { kind: "suite" }>,
  wanted: readonly Wanted[],
  find: Find,
  known: Set<string>,
): Promise<ResolvedStage> {
  const configs: ConfigDocument[] = [];
  for (const { scenario, parameters, set } of spec.scenarios) {
    const item = (await find("scenario", scenario)) as ScenarioItem;
    refuse(scenario, unknownParameters(parameters, new Set(Object.keys(item.parameters))));
    const inner = { parameters, set: { ...spec.set, ...set } };
    configs.push(configOf(item, [inner, ...wanted], known));
  }
  const scenarios = spec.scenarios.map(({ scenario }) => scenario);
  return { ...LONE, name, cuts: spec.on_failure === "stop", scenarios, configs };
}

async function planStages(
  { spec }: Extract<Item, { kind: "plan" }>,
  wanted: readonly Wanted[],
  find: Find,
  known: Set<string>,
): Promise<ResolvedStage[]> {
  const stages: ResolvedStage[] = [];
  for (const stage of spec.stages) {
    const { kind, name } = chosen(stage);
    const its = new Set<string>();
    const inner = { parameters: stage.parameters, set: stage.set };
    const [resolved] = await stagesOf(await find(kind, name), [inner, ...wanted], find, its);
    if (!resolved) continue;
    refuse(stage.name, unknownParameters(stage.parameters, its));
    for (const parameter of its) known.add(parameter);
    const conditions = Object.entries(stage.if).map(([before, ends]) => [before, [ends].flat()] as const);
    stages.push({
      ...resolved,
      name: stage.name,
      if: Object.fromEntries(conditions),
      stops: stage.on_failure === "stop",
    });
  }
  return stages;
}

/** @param wanted from the inmost to the outmost, which has the last word @param known receives the parameters' names */
function configOf(
  { name, parameters, config }: ScenarioItem,
  wanted: readonly Wanted[],
  known: Set<string>,
): ConfigDocument {
  const given = Object.assign({}, ...wanted.map((each) => each.parameters)) as Values;
  const set = Object.assign({}, ...wanted.map((each) => each.set)) as Values;
  const overrides: Override[] = [];
  const missing: Problem[] = [];
  for (const [parameter, { path, default: byDefault }] of Object.entries(parameters)) {
    known.add(parameter);
    const value = Object.hasOwn(given, parameter) ? given[parameter] : byDefault;
    if (value === undefined) missing.push(problem(`parameters.${parameter}`, "has no value", "give it one"));
    else overrides.push(override(path, value));
  }
  refuse(name, missing);
  const all = [...overrides, ...Object.entries(set).map(([path, value]) => override(path, value))];
  const read = readConfig(JSON.stringify(config), all);
  // Lines and columns are those of a text that nobody wrote.
  if (!read.ok)
    throw problemsOf(
      name,
      read.problems.map(({ line, column, ...rest }) => rest),
    );
  return read.document;
}

function unknownParameters(given: Values, known: ReadonlySet<string>): Problem[] {
  const names = [...known].join(", ") || "it has none";
  return Object.keys(given)
    .filter((parameter) => !known.has(parameter))
    .map((parameter) =>
      problem(`parameters.${parameter}`, "is not a known parameter", `known are: ${names}`),
    );
}

function problem(path: string, message: string, remedy: string): Problem {
  return { path, message, remedy };
}

function refuse(name: string, problems: readonly Problem[]): void {
  if (problems.length > 0) throw problemsOf(name, problems);
}

function problemsOf(name: string, problems: readonly Problem[]): ConfigProblems {
  return new ConfigProblems(problems.map((each) => ({ ...each, path: `${name}: ${each.path}` })));
}
