/** Who looks: the token of this tab, and what the server says that it may do. The token stands in no address. */

import { signal } from "@preact/signals";
import type { Role } from "../../../../libs/protocol/roles.ts";

const KEY = "logburst.token";

/** Empty where none is needed, as on the server's own machine. */
export const token = signal(sessionStorage.getItem(KEY) ?? "");

/** Why a token is asked for; undefined while none is. */
export const tokenWanted = signal<"missing" | "refused" | undefined>(undefined);

/** As the last answer told; undefined before there was one. */
export const role = signal<Role | undefined>(undefined);

export function setToken(text: string): void {
  const trimmed = text.trim();
  if (trimmed === "") sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, trimmed);
  token.value = trimmed;
  tokenWanted.value = undefined;
}

export function forgetToken(): void {
  setToken("");
  role.value = undefined;
}
