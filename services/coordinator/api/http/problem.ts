/** Errors as problem documents (RFC 9457). */

import { ERRORS, LogburstError, messageOf } from "../../../../libs/protocol/errors.ts";
import type { ProblemDocument } from "../../../../libs/protocol/verbs/answers.ts";
import { PROBLEM_TYPE } from "../../../../libs/protocol/verbs/openapi.ts";
import { problemsOf } from "../../../../libs/protocol/verbs/problems.ts";
import { Refusal } from "../../access/refusals.ts";

/** @param path that was asked for */
export function problemResponse(error: unknown, path: string): Response {
  const known = error instanceof LogburstError ? error : new LogburstError("internal", messageOf(error));
  const { status, title } = ERRORS[known.code];
  const errors = problemsOf(known);
  const document: ProblemDocument = {
    type: "about:blank",
    title,
    status,
    detail: known.message,
    instance: path,
    code: known.code,
    remedies: [...known.remedies],
    ...(errors.length > 0 && { errors: [...errors] }),
  };
  const headers = { "content-type": PROBLEM_TYPE, ...(known instanceof Refusal && known.headers) };
  return new Response(JSON.stringify(document), { status, headers });
}
