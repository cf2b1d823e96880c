/** What a run left at its target, for a terminal: what was counted there, and what was removed. */

import type { Report } from "../../protocol/report.ts";
import { count, printable } from "../words.ts";
import { labelled } from "./flow.ts";
import type { Terminal } from "./terminal.ts";
import { markOf } from "./thresholds.ts";

export function leftSection({ aftercare }: Report, terminal: Terminal): string[] {
  if (!aftercare) return [];
  const { checks, cleaned, failure } = aftercare;
  const { palette } = terminal;
  return [
    ...checks.flatMap(({ query, counted, least, most, holds }) => {
      const expected = least === most ? count(least) : `${count(least)} to ${count(most)}`;
      const words = `${printable(query)}: the target holds ${count(counted)}, expected ${expected}`;
      return labelled("verified", [markOf(holds ? "passed" : "failed", palette), ` ${words}`], terminal);
    }),
    ...(cleaned
      ? labelled("cleaned", `${count(cleaned.removed)} keys removed, ${count(cleaned.left)} left`, terminal)
      : []),
    ...(failure === null ? [] : labelled("left", printable(failure), terminal)),
  ];
}
