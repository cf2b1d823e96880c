/** What a schema cannot say of targets: their addresses and secrets, and what the sides of a paired run ask. */

import { isIP } from "node:net";
import { shapeOf } from "./engines.ts";
import { checkMetrics } from "./metrics-semantics.ts";
import { type Finding, finding, type Path, pathText } from "./problems.ts";
import { checkQuery } from "./query-semantics.ts";
import type { WrittenSpec } from "./schema.ts";
import { askedBy, SIDES, type SideTarget } from "./sides.ts";
import { SECRET_KEYS, type Target, type TargetTls } from "./target.ts";

export function checkTargets(spec: WrittenSpec): Finding[] {
  const { target, targets, workload } = spec;
  const path = ["spec", "target"];
  if (!targets) {
    if (target)
      return [...checkTarget(target, path, spec.engine.module !== undefined), ...checkMetrics(target, path)];
    return [
      finding(path, "is missing", "write target: {url: http://host:9428}, or targets with two of them"),
    ];
  }
  return [
    ...(target ? [finding(path, "stands beside targets", "keep one of them")] : []),
    ...(workload.model === "search"
      ? [finding(["spec", "targets"], "do not go with model: search", "search each target by itself")]
      : []),
    ...SIDES.flatMap((side) => checkSide(spec, targets[side], ["spec", "targets", side])),
  ];
}

/** What a side asks otherwise must be as good as what it stands for. */
function checkSide({ queries, variables, engine }: WrittenSpec, side: SideTarget, path: Path): Finding[] {
  const names = queries.map(({ name }) => name);
  const unknown = Object.keys(side.queries).filter((name) => !names.includes(name));
  return [
    ...checkTarget(side, path, engine.module !== undefined),
    ...checkMetrics(side, path),
    ...unknown.map((name) =>
      finding([...path, "queries", name], "is not a query of this config", `use one of ${names.join(", ")}`),
    ),
    ...queries
      .filter(({ name }) => side.queries[name] !== undefined)
      .flatMap((query) =>
        checkQuery(askedBy(side, query), variables, [...path, "queries", query.name], shapeOf(engine)),
      ),
  ];
}

/** @param isOutside the engine is a module's, whose servers speak what they like */
function checkTarget(
  { url, auth, tls, headers, host_aliases: aliases = [] }: Target,
  path: Path,
  isOutside: boolean,
): Finding[] {
  const findings: Finding[] = aliases.flatMap(({ ip }, index) =>
    isIP(ip) === 0
      ? [finding([...path, "host_aliases", index, "ip"], "is no address", "write one such as 10.0.0.5")]
      : [],
  );
  if (tls) findings.push(...checkTls(tls, [...path, "tls"], isOutside || /^https:/i.test(url)));
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !(isOutside ? parsed.hostname !== "" : /^https?:$/.test(parsed.protocol))) {
    findings.push(finding([...path, "url"], "is not an http or https address", "write http://host:9428"));
  } else if (parsed.username || parsed.password) {
    findings.push(
      finding(
        [...path, "url"],
        "carries a user name or password",
        `move it to ${pathText(path)}.auth (type: basic)`,
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
          `use ${pathText(path)}.auth`,
        ),
      );
    }
  }
  return findings;
}

function checkTls(tls: TargetTls, path: Path, isSpoken: boolean): Finding[] {
  const { cert_file: cert, key_file: key, server_name: name = "" } = tls;
  const findings: Finding[] = [];
  if (!isSpoken)
    findings.push(
      finding(path, "stands beside an address without TLS", "write https:// in the url, or leave it out"),
    );
  if ((cert === undefined) !== (key === undefined))
    findings.push(
      finding(
        path,
        `has no ${cert === undefined ? "cert_file" : "key_file"}`,
        "a certificate goes with its key",
      ),
    );
  if (isIP(name) !== 0)
    findings.push(
      finding(
        [...path, "server_name"],
        "is an address",
        "write a name; without one the url's address is looked for",
      ),
    );
  return findings;
}
