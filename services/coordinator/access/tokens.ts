/** Static tokens, each with a name and a role. Only their hashes are kept in memory. */

import { createHash, timingSafeEqual } from "node:crypto";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { isRole, ROLES, type Role } from "../../../libs/protocol/roles.ts";

/** Somebody who is known by a token. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
}

/** Short ones could be guessed. */
const MIN_TOKEN_CHARS = 16;
const MAX_TOKENS = 1000;

export type FindToken = (token: string) => Principal | undefined;

/**
 * Reads tokens, one in a line or between commas: `role name token`.
 * @param from where they stand, for the error, which shows no token
 * @throws LogburstError `bad_config`
 */
export function readTokens(text: string, from: string): FindToken {
  const lines = text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const known = lines.map((line, index) => {
    const [role, name, token = "", more] = line.split(/\s+/);
    if (isRole(role) && name && token.length >= MIN_TOKEN_CHARS && more === undefined)
      return { name, role, hash: hashOf(token) };
    throw new LogburstError("bad_config", `${from}: entry ${index + 1} is not a role, a name and a token`, {
      remedies: [
        `write: ROLE NAME TOKEN, with a role of ${ROLES.join(", ")} and a token of ${MIN_TOKEN_CHARS} characters or more`,
      ],
    });
  });
  if (known.length > MAX_TOKENS)
    throw new LogburstError("bad_config", `${from} has more than ${MAX_TOKENS} tokens`);
  return (token) => {
    const hash = hashOf(token);
    // All are compared, so that the time tells nothing of which one it is.
    const found = known.filter((entry) => timingSafeEqual(entry.hash, hash));
    const [principal] = found;
    return principal && { name: principal.name, role: principal.role };
  };
}

function hashOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
