/** What a schema cannot say of `target.metrics`: addresses that can be asked, at an interval that makes sense. */

import { SERVER_LIMITS } from "../server.ts";
import { type Finding, finding, type Path } from "./problems.ts";
import type { Target } from "./target.ts";

/** A server's page is the same for a second, and a scrape must be no load. */
const LEAST_INTERVAL_MS = 1000;
const MOST_INTERVAL_MS = 300_000;

export function checkMetrics({ metrics }: Target, at: Path): Finding[] {
  if (!metrics) return [];
  const path = [...at, "metrics"];
  const { urls = [], interval } = metrics;
  const findings = urls.flatMap((url, index) => checkUrl(url, [...path, "urls", index]));
  const { servers: most } = SERVER_LIMITS;
  if (urls.length > most)
    findings.push(finding([...path, "urls"], `has ${urls.length} pages`, `write at most ${most}`));
  if (interval >= LEAST_INTERVAL_MS && interval <= MOST_INTERVAL_MS) return findings;
  return [
    ...findings,
    finding([...path, "interval"], `${interval / 1000}s is too short or too long`, "write 1s to 5m"),
  ];
}

function checkUrl(url: string, path: Path): Finding[] {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol))
    return [finding(path, "is not an http or https address", "write http://host:9428/metrics")];
  if (parsed.username || parsed.password)
    return [finding(path, "carries a user name or password", "the target's auth is shown to it, too")];
  if (parsed.search || parsed.hash)
    return [finding(path, "carries arguments", "name only host, port and path")];
  return [];
}
