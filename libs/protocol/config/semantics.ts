/** What a schema cannot say of a config: which keys need, exclude or bound one another. */

import type { Finding, Path } from "./problems.ts";
import {
  API_PARAMS,
  APIS_WITH_LIMIT,
  COMMON_PARAMS,
  QUERY_LIMITS,
  type Query,
  VARIABLE_NAME,
  type Variable,
} from "./queries.ts";
import { parseInstant } from "./scalars.ts";
import type { BenchmarkConfig } from "./schema.ts";
import { type Auth, SECRET_KEYS } from "./target.ts";
import { parseTemplate } from "./template.ts";
import { WORKLOAD_LIMITS, type Workload } from "./workload.ts";

/** The engines that come with Logburst. */
const ENGINES = ["victorialogs"];

/** The longest run: a week. */
const MAX_RUN_MS = 7 * 86_400_000;

/** All findings about a config whose schema holds. */
export function checkSemantics(config: BenchmarkConfig): Finding[] {
  const { spec } = config;
  return [
    ...checkTarget(spec.target.url, spec.target.auth, spec.target.headers),
    ...checkWorkload(spec.workload),
    ...checkVariables(spec.variables, ["spec", "variables"]),
    ...spec.queries.flatMap((query, index) => checkQuery(query, spec.variables, ["spec", "queries", index])),
    ...checkNames(spec.queries),
    ...(ENGINES.includes(spec.engine.name)
      ? []
      : [
          finding(
            ["spec", "engine", "name"],
            `"${spec.engine.name}" is not an engine`,
            `write one of ${ENGINES.join(", ")}`,
          ),
        ]),
  ];
}

function finding(path: Path, message: string, remedy: string): Finding {
  return { path, message, remedy };
}

function checkTarget(url: string, auth: Auth, headers: Record<string, string>): Finding[] {
  const path = ["spec", "target"];
  const findings: Finding[] = [];
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    findings.push(finding([...path, "url"], "is not an http or https address", "write http://host:9428"));
  } else if (parsed.username || parsed.password) {
    findings.push(
      finding(
        [...path, "url"],
        "carries a user name or password",
        "move it to spec.target.auth (type: basic)",
      ),
    );
  } else if (parsed.search || parsed.hash) {
    findings.push(
      finding(
        [...path, "url"],
        "carries arguments",
        "name only host, port and path; arguments belong to queries[].params",
      ),
    );
  }
  const key = SECRET_KEYS[auth.type];
  if (key) {
    const given = auth as Record<string, unknown>;
    const sources = [given[key], given[`${key}_from`]].filter((source) => source !== undefined).length;
    if (sources !== 1) {
      const message = sources === 0 ? `has no ${key}` : `has both ${key} and ${key}_from`;
      findings.push(
        finding(
          [...path, "auth"],
          message,
          `write either ${key}_from: {env: NAME}, ${key}_from: {file: /path} or ${key}`,
        ),
      );
    }
  }
  for (const name of Object.keys(headers)) {
    if (/^(authorization|cookie)$/i.test(name)) {
      findings.push(
        finding(
          [...path, "headers", name],
          "is a secret, and headers are not kept secret",
          "use spec.target.auth",
        ),
      );
    }
  }
  return findings;
}

function checkWorkload(workload: Workload): Finding[] {
  const path = ["spec", "workload"];
  const needs = (key: keyof Workload, why: string): Finding[] =>
    workload[key] === undefined ? [finding([...path, key], "is missing", why)] : [];
  const excludes = (key: keyof Workload, why: string): Finding[] =>
    workload[key] === undefined
      ? []
      : [finding([...path, key], `does not go with model: ${workload.model}`, why)];
  if (workload.model === "count") {
    return [
      ...needs("total_queries", "say how many queries the run has in all"),
      ...excludes("target_qps", "remove it, or use model: open"),
      ...excludes("stages", "remove them; a count has no course in time"),
      ...excludes("ramp_up_time", "remove it; a count has no course in time"),
      ...checkDuration(workload, path),
    ];
  }
  const load = workload.model === "closed" ? "total_concurrent_users" : "target_qps";
  const other = workload.model === "closed" ? "target_qps" : "total_concurrent_users";
  const findings = [
    ...excludes(
      other,
      workload.model === "closed" ? "remove it, or use model: open" : "remove it, or use model: closed",
    ),
    ...excludes("total_queries", "remove it, or use model: count"),
    ...(workload.model === "open" && workload.think_time > 0
      ? excludes("think_time", "remove it; an open load has no users that think")
      : []),
  ];
  if (workload.stages === undefined) {
    return [
      ...findings,
      ...needs(load, `say how much load; or write stages`),
      ...needs("duration", "say how long the run lasts (600 or 10m); or write stages"),
      ...checkDuration(workload, path),
    ];
  }
  for (const key of [load, "duration", "ramp_up_time"] as const) {
    if (workload[key] !== undefined)
      findings.push(finding([...path, key], "does not go with stages", "remove it; the stages say it all"));
  }
  return [...findings, ...checkStages(workload, path)];
}

function checkDuration({ duration, ramp_up_time: ramp }: Workload, path: Path): Finding[] {
  const findings: Finding[] = [];
  if (duration !== undefined && (duration < 1000 || duration > MAX_RUN_MS)) {
    findings.push(
      finding([...path, "duration"], `${duration / 1000}s is out of bounds`, "write between 1s and 7d"),
    );
  }
  if (duration !== undefined && ramp !== undefined && ramp > duration) {
    findings.push(
      finding(
        [...path, "ramp_up_time"],
        `${ramp / 1000}s is longer than the run (${duration / 1000}s)`,
        "shorten the ramp or lengthen the duration, which includes it",
      ),
    );
  }
  return findings;
}

function checkStages({ stages = [], model }: Workload, path: Path): Finding[] {
  const findings: Finding[] = [];
  const totalMs = stages.reduce((sum, stage) => sum + stage.duration, 0);
  const most = model === "closed" ? WORKLOAD_LIMITS.users : WORKLOAD_LIMITS.queriesPerSecond;
  if (totalMs < 1000 || totalMs > MAX_RUN_MS) {
    findings.push(
      finding([...path, "stages"], `last ${totalMs / 1000}s in all`, "make them last between 1s and 7d"),
    );
  }
  if (stages.every((stage) => stage.target === 0)) {
    findings.push(
      finding([...path, "stages"], "never reach any load", "give at least one stage a target above 0"),
    );
  }
  stages.forEach((stage, index) => {
    const at = [...path, "stages", index, "target"];
    if (stage.target > most)
      findings.push(finding(at, `${stage.target} is too large`, `write at most ${most}`));
    if (model === "closed" && !Number.isInteger(stage.target)) {
      findings.push(finding(at, `${stage.target} is not a whole number of users`, "write a whole number"));
    }
  });
  return findings;
}

function checkNames(queries: readonly Query[]): Finding[] {
  const first = new Map<string, number>();
  return queries.flatMap((query, index) => {
    const before = first.get(query.name);
    first.set(query.name, before ?? index);
    if (before === undefined) return [];
    return [
      finding(
        ["spec", "queries", index, "name"],
        `"${query.name}" is already the name of queries[${before}]`,
        "give each query a name of its own",
      ),
    ];
  });
}

function checkQuery(query: Query, shared: Record<string, Variable>, path: Path): Finding[] {
  const known = new Set([...Object.keys(shared), ...Object.keys(query.variables)]);
  return [
    ...checkText(query.template, known, [...path, "template"]),
    ...Object.entries(query.params).flatMap(([name, value]) =>
      checkText(String(value), known, [...path, "params", name]),
    ),
    ...checkParams(query, path),
    ...checkTimeRange(query, path),
    ...checkVariables(query.variables, [...path, "variables"]),
    ...checkTail(query, path),
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

/** Arguments that have a key of their own in a query. */
const OWN_KEYS: Readonly<Record<string, string>> = {
  query: "template",
  start: "time_range",
  end: "time_range",
  limit: "limit",
  timeout: "timeout",
};

function checkParams(query: Query, path: Path): Finding[] {
  const { required, optional } = API_PARAMS[query.api] as {
    required: readonly string[];
    optional: readonly string[];
  };
  const allowed = [...required, ...optional, ...(query.api === "tail" ? [] : COMMON_PARAMS)];
  const findings = Object.keys(query.params).flatMap((name) => {
    if (allowed.includes(name)) return [];
    const own = OWN_KEYS[name];
    const remedy = own ? `use the query's key ${own}` : `use one of ${allowed.join(", ")}`;
    return [finding([...path, "params", name], `is not an argument of ${query.api}`, remedy)];
  });
  for (const name of required) {
    if (query.params[name] === undefined) {
      findings.push(
        finding([...path, "params", name], "is missing", `${query.api} needs it: params: {${name}: …}`),
      );
    }
  }
  if (query.limit !== undefined && !APIS_WITH_LIMIT.includes(query.api)) {
    findings.push(finding([...path, "limit"], `${query.api} takes no limit`, "remove it"));
  }
  return findings;
}

function checkTimeRange({ time_range: range, api }: Query, at: Path): Finding[] {
  if (!range) return [];
  const path = [...at, "time_range"];
  if (api === "tail")
    return [finding(path, "does not go with api: tail", "remove it; a tail shows what comes in now")];
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

function checkVariables(variables: Record<string, Variable>, path: Path): Finding[] {
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

function checkTail(query: Query, path: Path): Finding[] {
  if (query.api === "tail") {
    return query.tail_for === 0
      ? [finding([...path, "tail_for"], "is no time at all", "write more than 0")]
      : [];
  }
  return query.tail_for === undefined
    ? []
    : [finding([...path, "tail_for"], `does not go with api: ${query.api}`, "remove it, or use api: tail")];
}
