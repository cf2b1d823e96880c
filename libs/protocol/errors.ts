/** The error catalogue: every error that a user can meet has a code here, with its HTTP status. */

export const ERRORS = {
  bad_config: { status: 400, title: "The config has problems" },
  bad_request: { status: 400, title: "The request is malformed" },
  unauthorized: { status: 401, title: "It is not known who asks" },
  forbidden: { status: 403, title: "This is not allowed" },
  target_refused: { status: 403, title: "The target is not allowed" },
  not_found: { status: 404, title: "There is no such thing" },
  method_not_allowed: { status: 405, title: "This cannot be done here" },
  outdated: { status: 412, title: "It was changed meanwhile" },
  conflict: { status: 409, title: "The run is not in a phase that allows this" },
  key_reused: { status: 422, title: "The idempotency key was used for another request" },
  too_large: { status: 413, title: "The request is too large" },
  answer_too_large: { status: 413, title: "The answer is too large for NATS" },
  over_cap: { status: 422, title: "The run asks for more than is allowed" },
  killed: { status: 423, title: "The kill switch is set" },
  caps_reached: { status: 429, title: "Live runs leave no room for this one" },
  too_many_runs: { status: 429, title: "Too many runs are live" },
  too_many_listeners: { status: 503, title: "Too many clients listen" },
  rate_limited: { status: 429, title: "Too many requests" },
  no_leader: { status: 503, title: "No coordinator leads" },
  bus_unavailable: { status: 503, title: "NATS cannot be reached" },
  bus_unsuitable: { status: 500, title: "The NATS server cannot be used" },
  server_not_found: { status: 500, title: "A program is missing" },
  child_failed: { status: 500, title: "A local process failed" },
  no_cluster: { status: 404, title: "No Kubernetes cluster is looked into" },
  cluster_unavailable: { status: 503, title: "The Kubernetes cluster cannot be asked" },
  target_unreachable: { status: 502, title: "The target cannot be reached" },
  secret_unavailable: { status: 500, title: "A secret cannot be read" },
  internal: { status: 500, title: "A fault in Logburst" },
} as const;

export type ErrorCode = keyof typeof ERRORS;

export const ERROR_CODES = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

/** An error for users: what is wrong with which value, and what to do about it. */
export class LogburstError extends Error {
  override readonly name = "LogburstError";
  readonly code: ErrorCode;
  readonly remedies: readonly string[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { remedies?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedies = options.remedies ?? [];
  }
}

/** Any thrown thing as one line. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || error.name;
}
