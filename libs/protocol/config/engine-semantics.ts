/** What a schema cannot say of the engine and of what is asked of it. */

import { ENGINES, type EngineChoice, type EngineShape, shapeOf, type ValueRule } from "./engines.ts";
import { type Finding, finding, oneOf, type Path } from "./problems.ts";
import type { Query } from "./queries.ts";

export function checkEngine(engine: EngineChoice, path: Path): Finding[] {
  const { name, version, module, options } = engine;
  const isKnown = Object.hasOwn(ENGINES, name);
  const names = Object.keys(ENGINES);
  if (module !== undefined) {
    if (!isKnown) return [];
    return [
      finding(
        [...path, "module"],
        `stands beside the name of "${name}"`,
        "leave it out, or name the module's engine",
      ),
    ];
  }
  if (!isKnown) {
    const remedy = `write ${oneOf(names, name)}, or name its module`;
    return [finding([...path, "name"], `"${name}" is not an engine`, remedy)];
  }
  const { options: known = [], values, isVersionless = false } = shapeOf(engine) ?? {};
  const unasked =
    version === undefined || !isVersionless
      ? []
      : [finding([...path, "version"], `no server says its version to ${name}`, "remove it")];
  const unknown = Object.keys(options)
    .filter((option) => !known.includes(option))
    .map((option) => {
      const remedy = known.length === 0 ? "remove it" : `use one of ${known.join(", ")}`;
      return finding([...path, "options", option], `is not an option of ${name}`, remedy);
    });
  return [...unasked, ...unknown, ...checkValues(options, values, [...path, "options"])];
}

function checkValues(
  given: Readonly<Record<string, unknown>>,
  rules: EngineShape["values"] = {},
  path: Path,
): Finding[] {
  return Object.entries(rules).flatMap(([name, rule]) => {
    const value = given[name];
    if (value === undefined || fits(value, rule)) return [];
    const remedy =
      "words" in rule
        ? `write ${oneOf(rule.words, value)}`
        : `write a whole number from ${rule.least} to ${rule.most}`;
    return [finding([...path, name], `cannot be ${JSON.stringify(value)}`, remedy)];
  });
}

function fits(value: unknown, rule: ValueRule): boolean {
  if ("words" in rule) return rule.words.includes(String(value));
  const number = value === "" ? Number.NaN : Number(value);
  return Number.isInteger(number) && number >= rule.least && number <= rule.most;
}

/** An endpoint and its arguments; nothing is known of an engine from outside. */
export function checkApi(query: Query, shape: EngineShape | undefined, path: Path): Finding[] {
  if (!shape) return [];
  const api = shape.apis[query.api];
  if (!api) {
    const remedy = `write ${oneOf(Object.keys(shape.apis), query.api)}`;
    return [finding([...path, "api"], `"${query.api}" is not known`, remedy)];
  }
  const { isStream = false, required, optional } = api;
  const allowed = [...new Set([...required, ...optional, ...(isStream ? [] : shape.common)])];
  return [
    ...checkParams(query, required, allowed, path),
    ...checkValues(query.params, shape.values, [...path, "params"]),
    ...(query.limit !== undefined && !api.takesLimit
      ? [finding([...path, "limit"], `${query.api} takes no limit`, "remove it")]
      : []),
    ...checkStream(query, isStream, path),
    ...(query.time_range && !isStream && !api.takesRange
      ? [finding([...path, "time_range"], `does not go with api: ${query.api}`, "remove it")]
      : []),
    ...(query.tenant?.org !== undefined && !shape.hasOrgs
      ? [
          finding(
            [...path, "tenant", "org"],
            "is a tenant of Loki",
            "use account_id and project_id, or headers",
          ),
        ]
      : []),
  ];
}

/** What shows only what comes in. */
function checkStream(query: Query, isStream: boolean, path: Path): Finding[] {
  const words = `does not go with api: ${query.api}`;
  if (!isStream) {
    if (query.tail_for === undefined) return [];
    return [finding([...path, "tail_for"], words, "remove it, or use api: tail")];
  }
  const remedy = "remove it; a tail shows what comes in now";
  return [
    ...(query.tail_for === 0
      ? [finding([...path, "tail_for"], "is no time at all", "write more than 0")]
      : []),
    ...(query.time_range ? [finding([...path, "time_range"], words, remedy)] : []),
    ...(query.expect ? [finding([...path, "expect"], words, remedy)] : []),
  ];
}

/** Arguments that have a key of their own in a query. */
const OWN_KEYS: Readonly<Record<string, string>> = {
  query: "template",
  start: "time_range",
  end: "time_range",
  limit: "limit",
  timeout: "timeout",
};

function checkParams(
  query: Query,
  required: readonly string[],
  allowed: readonly string[],
  path: Path,
): Finding[] {
  const findings = Object.keys(query.params).flatMap((name) => {
    if (allowed.includes(name)) return [];
    const own = OWN_KEYS[name];
    const remedy = own
      ? `use the query's key ${own}`
      : allowed.length === 0
        ? "remove it"
        : `use one of ${allowed.join(", ")}`;
    return [finding([...path, "params", name], `is not an argument of ${query.api}`, remedy)];
  });
  for (const name of required) {
    if (query.params[name] === undefined) {
      findings.push(
        finding([...path, "params", name], "is missing", `${query.api} needs it: params: {${name}: …}`),
      );
    }
  }
  return findings;
}
