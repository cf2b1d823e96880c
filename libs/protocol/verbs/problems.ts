/** What is wrong with single places of a config or of a request, as errors carry it. */

import { ConfigProblems, type Problem } from "../config/problems.ts";
import { LogburstError } from "../errors.ts";

/** A request was refused because of its fields. */
export class RequestProblems extends LogburstError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const [first] = problems;
    super(
      "bad_request",
      `the request has ${problems.length} problem(s)${first ? `: ${first.path} ${first.message}` : ""}`,
      {
        remedies: problems.map(({ path, remedy }) => `${path}: ${remedy}`),
      },
    );
    this.problems = problems;
  }
}

/** What an error says of single places of a config or a request. */
export function problemsOf(error: unknown): readonly Problem[] {
  return error instanceof ConfigProblems || error instanceof RequestProblems ? error.problems : [];
}
