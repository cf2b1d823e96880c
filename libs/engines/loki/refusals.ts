/**
 * What tells Loki's refusals apart, which have a status in common. Source: the page on troubleshooting queries of its documentation,
 * and the errors of its query frontend.
 */

/** The first one that fits counts: an error of grammar may quote any of the other words. */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/parse error|failed to parse the log query/i, "parse error"],
  [/not supported as an instant query/i, "no instant query"],
  [/max entries limit/i, "entries limit"],
  [/query time range exceeds|query length|lookback/i, "range limit"],
  [/through < from/i, "range ends before it begins"],
  [/read too many bytes|too large to execute on a single querier/i, "bytes limit"],
  [/maximum (number )?of series|cardinality limit/i, "series limit"],
  [/max number of chunks/i, "chunks limit"],
  [/streams matchers per query/i, "matchers limit"],
  [/missing required matchers|less label matchers than required/i, "required matchers"],
  [/max concurrent tail requests/i, "tails limit"],
  [/limit reached while evaluating/i, "evaluation limit"],
  [/too many outstanding requests/i, "queue full"],
  [/query blocked by policy/i, "blocked"],
  [/no org id/i, "no tenant"],
  [/context deadline exceeded|timeout|timed out/i, "execution timeout"],
  [/index (gateway )?not ready/i, "index not ready"],
];

export function refusalIn(text: string): string | undefined {
  return REFUSALS.find(([pattern]) => pattern.test(text))?.[1];
}

export function explain(status: number, body: string): string | undefined {
  const words = refusalIn(body);
  return status < 400 || words === undefined ? undefined : `${status} ${words}`;
}
