/** The guard before every verb: who asks, whether their role includes it, and whether they ask too often. */

import { messageOf } from "../../../libs/protocol/errors.ts";
import type { ApiVerb } from "../../../libs/protocol/names.ts";
import { includesRole, type Role } from "../../../libs/protocol/roles.ts";
import { VERBS } from "../../../libs/protocol/verbs/table.ts";
import type { Clock } from "../../../libs/runtime/clock.ts";
import type { Log } from "../../../libs/runtime/log.ts";
import type { Asker, Caller, Guard } from "../api/guard.ts";
import { isKeyTrouble, type VerifyJwt } from "./jwt.ts";
import { createRateLimit, type RateLimit } from "./rate-limit.ts";
import { Refusal, roleMissing, tooManyRequests, unknownCaller } from "./refusals.ts";
import type { FindToken, Principal } from "./tokens.ts";
import { type Addressing, bearerOf, originOf } from "./who.ts";

export interface GateSettings extends Addressing {
  readonly findToken: FindToken | undefined;
  readonly verifyJwt: VerifyJwt | undefined;
  /** Whether requests over NATS need a token too; who may reach NATS is NATS's to decide. */
  readonly busNeedsToken: boolean;
  /** Requests per second of one caller. */
  readonly perSecond: number;
}

/** A page that loads many things at once is not refused. */
const BURST_S = 2;
/** Tokens that are no good, from one address: so many at once, and then one in a second. */
const MAX_FAILURES = 20;

/** Verbs that need more than their method tells: what reads is for viewers, what changes for operators. */
const NEEDED: Readonly<Partial<Record<ApiVerb, Role>>> = {
  "config.validate": "viewer",
  "run.delete": "approver",
  "run.approve": "approver",
  "run.reject": "approver",
  "kill.clear": "approver",
  "settings.set": "admin",
};

export function roleFor(verb: ApiVerb): Role {
  return NEEDED[verb] ?? (VERBS[verb].method === "get" ? "viewer" : "operator");
}

/** @param settings as they are at each moment */
export function createGate(settings: () => GateSettings, { nowMs }: Clock, log: Log): Guard {
  const failures = createRateLimit(1, MAX_FAILURES);
  let requests = { perSecond: 0, limit: failures };

  /** Whoever had used up another rate begins anew with this one. */
  function requestsAt(perSecond: number): RateLimit {
    if (requests.perSecond !== perSecond)
      requests = { perSecond, limit: createRateLimit(perSecond, Math.max(1, perSecond * BURST_S)) };
    return requests.limit;
  }

  async function identify(asker: Asker, address: string): Promise<Principal> {
    const token = bearerOf(asker.authorization);
    if (token === undefined) throw unknownCaller("a token is needed here, and none came", false);
    // Over the bus nobody has an address: one who guesses there must not keep the others out.
    const waitS = asker.via === "HTTP" ? failures.waitS(address, nowMs()) : 0;
    if (waitS > 0) throw tooManyRequests(waitS);
    try {
      return await principalOf(token);
    } catch (error) {
      failures.take(address, nowMs());
      throw error;
    }
  }

  async function principalOf(token: string): Promise<Principal> {
    const { findToken, verifyJwt } = settings();
    const known = token === "" ? undefined : findToken?.(token);
    if (known) return known;
    // What is no JWT needs no look at its signature.
    if (!verifyJwt || token.split(".").length !== 3) throw unknownCaller("nobody has this token", true);
    try {
      return await verifyJwt(token);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      if (isKeyTrouble(error)) log.error({ err: messageOf(error) }, "the keys for tokens cannot be had");
      throw unknownCaller(`the token is no good: ${messageOf(error)}`, true);
    }
  }

  /** Whoever is on this machine, or on the bus, without a token. */
  function trusted({ via, authorization }: Asker, isLocal: boolean): Principal | undefined {
    if (authorization !== undefined) return undefined;
    if (via === "NATS") return settings().busNeedsToken ? undefined : { name: "NATS", role: "admin" };
    return isLocal ? { name: "local", role: "admin" } : undefined;
  }

  return async (verb, asker): Promise<Caller> => {
    const origin = originOf(asker, settings());
    const easy = trusted(asker, origin.isLocal);
    const needed = roleFor(verb);
    try {
      const principal = easy ?? (await identify(asker, origin.address));
      const waitS = easy ? 0 : requestsAt(settings().perSecond).take(principal.name, nowMs());
      if (waitS > 0) throw tooManyRequests(waitS);
      if (!includesRole(principal.role, needed))
        throw roleMissing(principal.name, principal.role, needed, verb);
      return { ...asker, ...principal };
    } catch (error) {
      if (error instanceof Refusal)
        log.warn(
          { verb, via: asker.via, address: origin.address, why: error.message },
          "a request was refused",
        );
      throw error;
    }
  };
}
