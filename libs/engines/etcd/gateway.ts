/** etcd's JSON gateway: where its operations are, how keys are written, what its errors mean. Bytes are base64, numbers are text. */

/** Below the path of the gateway's version. */
export const PATHS = {
  put: "/kv/put",
  range: "/kv/range",
  delete: "/kv/deleterange",
  txn: "/kv/txn",
  watch: "/watch",
  lease: "/lease/grant",
  login: "/auth/authenticate",
} as const;

/** The gateway's path by the server's version. Source: the page "Why gRPC gateway" of etcd's documentation. */
export function gatewayPath(version: string | undefined): string {
  if (version === undefined) return "/v3";
  if (/^3\.[012](\.|$)/.test(version)) return "/v3alpha";
  return /^3\.3(\.|$)/.test(version) ? "/v3beta" : "/v3";
}

export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** The key behind all keys that begin with a text. */
export function rangeEnd(prefix: string): string {
  const bytes = Buffer.from(prefix);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) + 1;
  return bytes.toString("base64");
}

/** All keys that begin with a text, as the two fields of a request. */
export function below(prefix: string): { readonly key: string; readonly range_end: string } {
  return { key: base64(prefix), range_end: rangeEnd(prefix) };
}

/** Where a run's keys are, by what they are for. */
export interface Keys {
  /** Before all of them. */
  readonly base: string;
  readonly data: string;
  counters(query: string): string;
  /** Of one transaction: that it was committed, whoever sent it. */
  marker(lane: number, index: number): string;
  watched(lane: number): string;
}

const DEFAULT_PREFIX = "lt/";

export function keysOf(prefix: string = DEFAULT_PREFIX, scope = "unnamed"): Keys {
  const base = `${prefix}${scope}/`;
  return {
    base,
    data: `${base}k/`,
    counters: (query) => `${base}c/${query}/`,
    marker: (lane, index) => `${base}m/${lane}.${index}`,
    watched: (lane) => `${base}w/${lane}/`,
  };
}

/** gRPC's codes that tell errors of one status apart. */
const CODES: Readonly<Record<string, string>> = {
  "3": "invalid argument",
  "4": "deadline exceeded",
  "5": "not found",
  "7": "permission denied",
  "8": "resource exhausted",
  "9": "failed precondition",
  "11": "out of range",
  "12": "unimplemented",
  "14": "unavailable",
  "16": "unauthenticated",
};

export function explain(status: number, body: string): string | undefined {
  const code = /"code"\s*:\s*(\d{1,2})/.exec(body)?.[1];
  return status < 400 || code === undefined ? undefined : `${status} ${CODES[code] ?? `code ${code}`}`;
}
