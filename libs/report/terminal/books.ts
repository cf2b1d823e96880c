/** The books for a terminal: the ledger's sum, the users' time, and why queries were not answered. */

import { LEDGER_STATES, type LedgerLine, type LedgerState } from "../../protocol/ledger.ts";
import type { Report, UserSeconds } from "../../protocol/report.ts";
import { bytes, count, printable } from "../words.ts";
import { labelled, separated } from "./flow.ts";
import type { Palette, Terminal } from "./terminal.ts";

const STATE_WORDS: Readonly<Record<LedgerState, string>> = {
  ok: "ok",
  failed: "failed",
  timed_out: "timed out",
  missed: "missed",
  lost: "lost",
  cancelled: "cancelled",
};
const SHOWN_REASONS = 12;
const SHOWN_SLICES = 3;
const SHOWN_NODES = 3;

/** The ledger's sum, and in the closed model the users' time. */
export function booksSection(report: Report, terminal: Terminal): string[] {
  const { palette } = terminal;
  const reasons = report.reasons.filter(({ state }) => state !== "cancelled");
  const more = reasons.length - SHOWN_REASONS;
  return [
    ...labelled("ledger", [...sumOf(report.ledger, palette), ...balanceOf(report, palette)], terminal),
    ...(report.warm_up ? labelled("warm-up", warmUp(report.warm_up), terminal) : []),
    ...(report.user_seconds ? labelled("user time", userTime(report.user_seconds), terminal) : []),
    ...reasons.slice(0, SHOWN_REASONS).flatMap((entry) => labelled("", reasonText(entry), terminal)),
    ...(more > 0 ? labelled("", `and ${count(more)} more reasons, in the report`, terminal) : []),
    ...report.refused.flatMap(({ why, count: times, nodes }) =>
      labelled(
        "",
        `${count(times)} results refused: ${printable(why)}${nodes.length > 0 ? ` (${some(nodes)})` : ""}`,
        terminal,
      ),
    ),
  ];
}

/** `planned = ok + failed + …` in parts; what went wrong is seen, and what did not happen steps back. */
export function sumOf(ledger: LedgerLine, palette: Palette): string[] {
  const terms = LEDGER_STATES.map((state) => {
    const term = `${state === "ok" ? "=" : "+"} ${count(ledger[state])} ${STATE_WORDS[state]}`;
    if (state === "ok") return term;
    return ledger[state] === 0 || state === "cancelled" ? palette.dim(term) : palette.bad(term);
  });
  return [`${count(ledger.planned)} planned`, ...terms];
}

function balanceOf({ ledger, ledger_balanced: balanced, superseded }: Report, palette: Palette): string[] {
  const balance = balanced ? palette.good("balanced") : palette.bad("NOT BALANCED");
  if (ledger.superseded === 0) return [`(${balance})`];
  return [`(${balance};`, `${count(ledger.superseded)} superseded with ${bytes(superseded.bytes)})`];
}

function warmUp({ duration_s: seconds, ok, failed, timed_out }: NonNullable<Report["warm_up"]>): string {
  return `the first ${seconds} s: ${count(ok)} ok, ${count(failed)} failed, ${count(timed_out)} timed out are in the ledger, and in no figure`;
}

function reasonText(entry: Report["reasons"][number]): string {
  const { state, reason, query, count: times } = entry;
  return `${count(times)} ${STATE_WORDS[state]} of ${printable(query)}: ${reason.replaceAll("_", " ")}${whereabouts(entry)}`;
}

/** Some of a reason's slices, and the nodes that had them. */
function whereabouts({ slices, slices_more: more, nodes }: Report["reasons"][number]): string {
  if (slices.length === 0) return "";
  const shown = slices.slice(0, SHOWN_SLICES);
  const rest = slices.length - shown.length + more;
  const on = nodes.length > 0 ? ` on ${some(nodes)}` : "";
  return ` (slice ${shown.join(", ")}${rest > 0 ? ` and ${count(rest)} more` : ""}${on})`;
}

function some(nodes: readonly string[]): string {
  const rest = nodes.length - SHOWN_NODES;
  return printable(`${nodes.slice(0, SHOWN_NODES).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`);
}

function userTime({ planned, driven, idle, idle_by_reason: reasons }: UserSeconds): string[] {
  const why = Object.entries(reasons)
    .filter(([, seconds]) => seconds > 0)
    .map(([reason, seconds]) => `${reason.replaceAll("_", " ")} ${seconds.toFixed(1)}`);
  const [first, ...rest] = separated(why);
  const inBrackets = first === undefined ? [] : [`(${first}`, ...rest];
  const last = inBrackets.pop();
  return [
    `${planned.toFixed(1)} s planned`,
    `= ${driven.toFixed(1)} driven`,
    `+ ${idle.toFixed(1)} idle`,
    ...inBrackets,
    ...(last === undefined ? [] : [`${last})`]),
  ];
}
