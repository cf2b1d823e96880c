/** Asks the leader for a verb, and gives its answer or throws its error. */

import { z } from "zod";
import { ApiError, errorOf } from "../protocol/api.ts";
import { parseMessage, parseObject } from "../protocol/door.ts";
import { LogburstError } from "../protocol/errors.ts";
import type { ApiVerb } from "../protocol/names.ts";
import { type AnswerOf, type AskOf, VERBS } from "../protocol/verbs/table.ts";
import type { Verb } from "../protocol/verbs/verb.ts";
import type { Bus } from "./bus.ts";

/** @param headers such as the authorization of whoever asks */
export async function askLeader<V extends ApiVerb>(
  bus: Bus,
  verb: V,
  request: AskOf<V>,
  timeoutMs: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<AnswerOf<V>> {
  const { answer, key }: Verb = VERBS[verb];
  const bytes = await bus.request(bus.names.subjects.api(verb), JSON.stringify(request), timeoutMs, headers);
  const refused = parseMessage(ApiError, bytes);
  if (refused.ok) throw errorOf(refused.value);
  const body = parseMessage(z.record(z.string(), z.unknown()), bytes);
  const parsed = body.ok ? parseObject(answer, key === undefined ? body.value : body.value[key]) : body;
  if (parsed.ok) return parsed.value as AnswerOf<V>;
  throw new LogburstError("internal", `the coordinator's answer ${parsed.reason}`);
}
