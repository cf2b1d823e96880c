/** What a schema cannot say of queries and variables: time ranges, templates. */

import { checkApi } from "./engine-semantics.ts";
import { type EngineShape, RANGE_VARIABLES } from "./engines.ts";
import { checkExpect } from "./expect-semantics.ts";
import { type Finding, finding, type Path } from "./problems.ts";
import { QUERY_LIMITS, type Query, VARIABLE_NAME, type Variable } from "./queries.ts";
import { parseInstant } from "./scalars.ts";
import { parseTemplate } from "./template.ts";

/**
 * @param shared the variables that every query may use
 * @param shape of the engine; undefined where it comes from outside
 */
export function checkQuery(
  query: Query,
  shared: Record<string, Variable>,
  path: Path,
  shape: EngineShape | undefined,
): Finding[] {
  const hasRange = query.time_range !== undefined && shape?.givesRange !== false;
  const known = new Set([
    ...Object.keys(shared),
    ...Object.keys(query.variables),
    ...(hasRange ? RANGE_VARIABLES : []),
  ]);
  return [
    ...checkText(query.template, known, [...path, "template"]),
    ...Object.entries(query.params).flatMap(([name, value]) =>
      checkText(String(value), known, [...path, "params", name]),
    ),
    ...checkApi(query, shape, path),
    ...checkTimeRange(query, path),
    ...checkVariables(query.variables, [...path, "variables"]),
    ...checkExpect(query, path),
  ];
}

function checkText(text: string, known: ReadonlySet<string>, path: Path): Finding[] {
  const parsed = parseTemplate(text);
  if (!parsed.ok) return [finding(path, parsed.message, "write {{ name }} or {{ name | raw }}")];
  return parsed.parts.flatMap((part) => {
    if (part.kind === "text" || known.has(part.name)) return [];
    const remedy =
      known.size === 0
        ? "define it under variables"
        : `define it under variables, or use one of ${[...known].join(", ")}`;
    return [finding(path, `uses the variable "${part.name}", which is not defined`, remedy)];
  });
}

function checkTimeRange({ time_range: range }: Query, at: Path): Finding[] {
  if (!range) return [];
  const path = [...at, "time_range"];
  const bounds = range.from !== undefined && range.to !== undefined;
  if (range.last !== undefined) {
    if (range.from !== undefined || range.to !== undefined || range.random !== undefined) {
      return [
        finding(
          path,
          "has last beside from, to or random",
          "write last alone, or from and to, or from, to and random",
        ),
      ];
    }
    return range.last > 0 ? [] : [finding([...path, "last"], "is no time at all", "write more than 0")];
  }
  if (!bounds)
    return [finding(path, "is not complete", "write last, or from and to, or from, to and random")];
  const from = parseInstant(range.from as string);
  const to = parseInstant(range.to as string);
  if (!from || !to || from.kind !== to.kind) {
    return [
      finding(
        path,
        "has one end fixed and the other relative to the run",
        "write both as dates, or both relative (-6h and now)",
      ),
    ];
  }
  const lengthMs =
    from.kind === "absolute" && to.kind === "absolute"
      ? to.epochMs - from.epochMs
      : offsetOf(to) - offsetOf(from);
  if (lengthMs <= 0) return [finding(path, "ends before it begins", "exchange from and to")];
  if (range.random !== undefined && (range.random > lengthMs || range.random === 0)) {
    return [
      finding(
        [...path, "random"],
        `is not a part of from … to (${lengthMs / 1000}s)`,
        "make it shorter than the whole",
      ),
    ];
  }
  return [];
}

function offsetOf(instant: NonNullable<ReturnType<typeof parseInstant>>): number {
  return instant.kind === "relative" ? instant.offsetMs : instant.epochMs;
}

export function checkVariables(variables: Record<string, Variable>, path: Path): Finding[] {
  const findings = Object.entries(variables).flatMap(([name, variable]) => {
    const at = [...path, name];
    if (!VARIABLE_NAME.test(name))
      return [finding(at, "is not a name", "use letters, digits and underscores, a letter first")];
    const kinds = (["list", "csv", "int", "hex"] as const).filter((kind) => variable[kind] !== undefined);
    if (kinds.length !== 1) {
      return [
        finding(
          at,
          kinds.length === 0 ? "has no values" : `has ${kinds.join(" and ")}`,
          "give it exactly one of list, csv, int, hex",
        ),
      ];
    }
    if (variable.int && variable.int.min > variable.int.max)
      return [finding([...at, "int"], "has a min above its max", "exchange them")];
    return [];
  });
  if (Object.keys(variables).length > QUERY_LIMITS.variables) {
    findings.push(finding(path, "are too many", `define at most ${QUERY_LIMITS.variables}`));
  }
  return findings;
}
