/** The header by which a target knows who asks. */

import type { Auth } from "../../protocol/config/target.ts";
import type { OpenOptions } from "../engine.ts";

/** @returns name and value in turn; nothing where a target asks for none */
export function authHeader(auth: Auth, resolveSecret: OpenOptions["resolveSecret"]): string[] {
  if (auth.type === "none") return [];
  if (auth.type === "basic") {
    const password = auth.password ?? (auth.password_from ? resolveSecret(auth.password_from) : "");
    return ["authorization", `Basic ${Buffer.from(`${auth.username}:${password}`).toString("base64")}`];
  }
  if (auth.type === "bearer") {
    const token = auth.token ?? (auth.token_from ? resolveSecret(auth.token_from) : "");
    return ["authorization", `Bearer ${token}`];
  }
  return [auth.name, auth.value ?? (auth.value_from ? resolveSecret(auth.value_from) : "")];
}
