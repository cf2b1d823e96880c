/** The load that a run asks for, in words. */

import type { RunRecord } from "../../../../libs/protocol/run.ts";
import { countText, rateText } from "../frame/figures.ts";
import { say } from "../words/words.ts";

/** The last change counts, for what was accepted is no longer what is asked for. */
export function loadText({ model, demand, changes, planned }: RunRecord): string {
  const changed = changes.findLast((change) => change.kind === "change" && change.load !== undefined);
  const load = changed?.kind === "change" ? changed.load : undefined;
  if (model === "open") return say("per_second", rateText(load ?? demand?.rate));
  const users = load ?? demand?.users;
  if (model === "count") return say("queries_in_all", countText(planned));
  return say("users", countText(users));
}
