/** Who asks etcd: a name and a password are changed for a token, and that for a new one where it is no longer taken. */

import type { OpenOptions, Outcome } from "../engine.ts";
import { authHeader } from "../http/auth.ts";
import type { HttpSession } from "../http/session.ts";
import { PATHS } from "./gateway.ts";

export interface Login {
  /** Resolves when there is a token, where one is needed. Rejects when there is none to be had. */
  ready(): Promise<void>;
  /** The same array as long as they are the same. */
  headers(): readonly string[];
  /** Looks at an answer: a token that has run out is changed for another. */
  heard(outcome: Pick<Outcome, "outcome" | "detail" | "message">): void;
}

export function createLogin(
  { target, resolveSecret }: OpenOptions,
  gateway: string,
  ask: HttpSession["ask"],
): Login {
  const { auth } = target;
  const common = ["content-type", "application/json", ...Object.entries(target.headers).flat()];
  // Its users log in; anything else is for a proxy before it.
  let headers = auth.type === "basic" ? common : [...common, ...authHeader(auth, resolveSecret)];
  let loggingIn: Promise<void> | undefined;

  async function logIn(): Promise<void> {
    if (auth.type !== "basic") return;
    const password = auth.password ?? (auth.password_from ? resolveSecret(auth.password_from) : "");
    const body = JSON.stringify({ name: auth.username, password });
    const { outcome, detail, text } = await ask({ path: gateway + PATHS.login, headers: common, body });
    const token = /"token"\s*:\s*"([^"]+)"/.exec(text)?.[1];
    if (outcome !== "ok" || token === undefined)
      throw new Error(`etcd does not take the user ${auth.username}: ${detail || "it gives no token"}`);
    headers = [...common, "authorization", token];
  }

  function ready(): Promise<void> {
    loggingIn ??= logIn().catch((error: unknown) => {
      loggingIn = undefined;
      throw error;
    });
    return loggingIn;
  }

  return {
    ready,
    headers: () => headers,
    heard({ outcome, detail, message }) {
      if (outcome !== "http_4xx" || auth.type !== "basic") return;
      if (!detail.startsWith("401") && !message.includes("invalid auth token")) return;
      loggingIn = undefined;
      ready().catch(() => undefined);
    },
  };
}
