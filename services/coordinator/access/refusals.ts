/** Why somebody may not have what was asked for, with the headers that say so over HTTP. */

import { type ErrorCode, LogburstError } from "../../../libs/protocol/errors.ts";

export class Refusal extends LogburstError {
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    message: string,
    headers: Record<string, string>,
    remedies: readonly string[],
  ) {
    super(code, message, { remedies });
    this.headers = headers;
  }
}

const REALM = 'Bearer realm="logburst"';

/** Nobody is known by what came. @param wasGiven a token came, and is no good */
export function unknownCaller(message: string, wasGiven: boolean): Refusal {
  const challenge = wasGiven ? `${REALM}, error="invalid_token"` : REALM;
  return new Refusal("unauthorized", message, { "www-authenticate": challenge }, [
    "send the header Authorization: Bearer TOKEN",
    "ask whoever runs the coordinators for a token, or for a new one",
  ]);
}

export function roleMissing(name: string, has: string, needed: string, verb: string): Refusal {
  const challenge = `${REALM}, error="insufficient_scope", scope="${needed}"`;
  return new Refusal(
    "forbidden",
    `${name} is ${has}; ${verb} needs ${needed}`,
    { "www-authenticate": challenge },
    [`ask somebody who is ${needed}, or for that role`],
  );
}

/** Somebody is known, and has no role here. */
export function noRole(name: string, claim: string): Refusal {
  const challenge = `${REALM}, error="insufficient_scope"`;
  const message = `${name} has no role here: the claim ${claim} of the token names none`;
  return new Refusal("forbidden", message, { "www-authenticate": challenge }, ["ask for a role"]);
}

export function tooManyRequests(waitS: number): Refusal {
  return new Refusal(
    "rate_limited",
    "too many requests",
    { "retry-after": String(Math.max(1, Math.ceil(waitS))) },
    ["ask less often"],
  );
}
