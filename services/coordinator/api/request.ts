/** From the fields of a request, wherever they stood, to what a verb is given; or to what is wrong with them. */

import { z } from "zod";
import {
  explain,
  type Finding,
  type Path,
  type Problem,
  pathText,
  pointerTo,
} from "../../../libs/protocol/config/problems.ts";
import { RequestProblems } from "../../../libs/protocol/verbs/problems.ts";
import type { Verb } from "../../../libs/protocol/verbs/verb.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** @throws RequestProblems */
export function readRequest(verb: Verb, fields: Fields): never {
  const parsed = verb.request.safeParse(fields);
  if (parsed.success) return parsed.data as never;
  throw new RequestProblems(
    parsed.error.issues.flatMap((issue) => findings(issue as z.core.$ZodIssue, verb, fields)).map(problemOf),
  );
}

function findings(issue: z.core.$ZodIssue, { request }: Verb, fields: Fields): Finding[] {
  if (issue.code !== "unrecognized_keys") return explain(new z.ZodError([issue]), fields);
  const known = Object.keys(request.shape).join(", ");
  return issue.keys.map((key) => ({
    path: [...(issue.path as Path), key],
    message: "is not a known field",
    remedy: `remove it; known are ${known}`,
  }));
}

function problemOf({ path, message, remedy }: Finding): Problem {
  return { path: pathText(path) || "(request)", pointer: pointerTo(path), message, remedy };
}
