/** One request of a webhook: only to addresses that are allowed, no redirect followed, and of the answer nothing but its status. */

import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { messageOf } from "../../protocol/errors.ts";
import { forbiddenName } from "../../targets/addresses.ts";
import { checkedLookup } from "../../targets/lookup.ts";
import { hostAndPort, type TargetPolicy } from "../../targets/policy.ts";

export type Answer =
  | { readonly kind: "taken" }
  /** It makes no sense to ask again. */
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "trouble"; readonly why: string; readonly retryAfterS?: number };

/** What of an answer may come before its connection is closed: nobody reads it. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** Statuses below 500 that say: not now. */
const LATER: readonly number[] = [408, 425, 429];

/** Resolves whatever happens. What it says names host and status, and never the path or what was answered: they may be secret. */
export function post(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  targets: TargetPolicy,
  signal: AbortSignal,
): Promise<Answer> {
  const { host, port } = hostAndPort(url.href);
  // Sockets look names up, and addresses not.
  const refusal = isIP(host) === 0 ? forbiddenName(host) : targets.refusal(host, port, [host]);
  if (refusal !== undefined) return Promise.resolve(refused(refusal));
  return new Promise((resolve) => {
    const request = (url.protocol === "https:" ? requestHttps : requestHttp)(url, {
      method: "POST",
      headers: { ...headers, "content-length": String(Buffer.byteLength(body)) },
      lookup: checkedLookup([targets], port),
      agent: false,
      signal,
    });
    request.on("error", (error: NodeJS.ErrnoException) => {
      const why = `${url.host}: ${signal.aborted ? messageOf(signal.reason) : troubleOf(error)}`;
      resolve(error.code === "TARGET_REFUSED" ? refused(messageOf(error)) : { kind: "trouble", why });
    });
    request.on("response", (response) => {
      const answer = answerOf(url.host, response.statusCode ?? 0, response.headers["retry-after"]);
      let bytes = 0;
      response.on("data", (part: Buffer) => {
        bytes += part.length;
        if (bytes > MAX_ANSWER_BYTES) response.destroy();
      });
      response.on("error", () => undefined);
      response.on("close", () => resolve(answer));
    });
    request.end(body);
  });
}

function refused(why: string): Answer {
  return { kind: "refused", why: `${why} (LOGBURST_WEBHOOK_TARGETS says what is)` };
}

function troubleOf({ code, message }: NodeJS.ErrnoException): string {
  return code ?? message;
}

function answerOf(host: string, status: number, retryAfter: string | undefined): Answer {
  const why = `${host} answered ${status}`;
  if (status >= 200 && status < 300) return { kind: "taken" };
  if (status >= 300 && status < 400)
    return { kind: "refused", why: `${why}, and redirects are not followed` };
  if (status < 500 && !LATER.includes(status)) return { kind: "refused", why };
  const retryAfterS = Number(retryAfter);
  return { kind: "trouble", why, ...(retryAfterS > 0 && { retryAfterS }) };
}
