/** From a status or an error to an outcome class: a good status alone is not a good answer. */

import type { OutcomeClass } from "../../protocol/ledger.ts";

export interface Classified {
  readonly outcome: OutcomeClass;
  readonly detail: string;
  /** What is to be said, where the server said nothing. */
  readonly message?: string;
}

export const OK: Classified = { outcome: "ok", detail: "" };
export const NOT_WHOLE: Classified = { outcome: "parse", detail: "not a whole JSON object" };

/** An answer that ended cleanly with a status other than 200. */
export function classifyStatus(status: number): Classified {
  if (status >= 500) return { outcome: "http_5xx", detail: String(status) };
  if (status >= 400) return { outcome: "http_4xx", detail: String(status) };
  return { outcome: "protocol", detail: `status ${status}` };
}

const CONNECT_CODES = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EADDRNOTAVAIL",
  "EMFILE",
  "UND_ERR_CONNECT_TIMEOUT",
]);

const TLS_CODES = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|EPROTO)/;

/** What is heard of a connection that the server has ended. */
export const GONE_CODES = new Set(["CLOSED", "ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

/**
 * An exchange that broke.
 * @param sent whether the request had been handed to a connection
 * @param status of the answer, 0 when none had come
 */
export function classifyError(error: Error, sent: boolean, status: number): Classified {
  const code = codeOf(error);
  if (TLS_CODES.test(code)) return { outcome: "tls", detail: code };
  if (!sent || CONNECT_CODES.has(code)) return { outcome: "connect", detail: code };
  // A good status and then a broken body is how a server tells that it ran out of time on the way.
  return { outcome: "protocol", detail: status > 0 ? `${status}, then ${code}` : code };
}

/** An error's code; of one that undici has wrapped, that of the one within. */
export function codeOf(error: Error): string {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (typeof code === "string") {
    const inner = (cause as { code?: unknown } | undefined)?.code;
    return code === "UND_ERR_SOCKET" && typeof inner === "string" ? inner : code;
  }
  return error.name;
}
