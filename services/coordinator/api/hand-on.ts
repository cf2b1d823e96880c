/** A verb of the leader's, asked for by a coordinator that stands by. */

import { askLeader } from "../../../libs/bus/ask.ts";
import type { Bus } from "../../../libs/bus/bus.ts";
import type { AnswerOf, AskOf, LeadingVerb, RequestOf } from "../../../libs/protocol/verbs/table.ts";
import type { Caller } from "./guard.ts";

/** The leader answers within this, or there is none. */
const LEADER_TIMEOUT_MS = 5000;

export function handOn<V extends LeadingVerb>(
  bus: Bus,
  verb: V,
  request: RequestOf<V>,
  { authorization }: Caller,
): Promise<AnswerOf<V>> {
  const headers = authorization === undefined ? undefined : { authorization };
  return askLeader(bus, verb, request as unknown as AskOf<V>, LEADER_TIMEOUT_MS, headers);
}
