/** A verb of the leader's, asked for over the bus by a coordinator that stands by. */

import type { Bus } from "../../../libs/bus/bus.ts";
import { ApiError, errorOf } from "../../../libs/protocol/api.ts";
import { parseMessage, parseObject } from "../../../libs/protocol/door.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import {
  type AnswerOf,
  type LeadingVerb,
  type RequestOf,
  VERBS,
} from "../../../libs/protocol/verbs/table.ts";
import type { Verb } from "../../../libs/protocol/verbs/verb.ts";
import type { Caller } from "./guard.ts";

/** The leader answers within this, or there is none. */
const LEADER_TIMEOUT_MS = 5000;

export async function handOn<V extends LeadingVerb>(
  bus: Bus,
  verb: V,
  request: RequestOf<V>,
  { authorization }: Caller,
): Promise<AnswerOf<V>> {
  const { answer, key }: Verb = VERBS[verb];
  const bytes = await bus.request(
    bus.names.subjects.api(verb),
    JSON.stringify(request),
    LEADER_TIMEOUT_MS,
    authorization === undefined ? {} : { authorization },
  );
  const refused = parseMessage(ApiError, bytes);
  if (refused.ok) throw errorOf(refused.value);
  const body = JSON.parse(Buffer.from(bytes).toString("utf8"));
  const parsed = parseObject(answer, key === undefined ? body : body?.[key]);
  if (parsed.ok) return parsed.value as AnswerOf<V>;
  throw new LogburstError("internal", `the leader's answer ${parsed.reason}`);
}
