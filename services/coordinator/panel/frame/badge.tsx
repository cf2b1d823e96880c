/** A state as a coloured word with a sign, so that the colour says nothing alone. */

import type { Phase, Verdict } from "../../../../libs/protocol/run.ts";
import type { LinkState } from "../api/stream.ts";
import { say } from "../words/words.ts";

const VERDICT_SIGNS: Readonly<Record<Verdict, string>> = { passed: "✓", failed: "✗", inconclusive: "?" };

export function VerdictBadge({ verdict }: { verdict: Verdict }) {
  return (
    <strong class={`badge ${verdict}`} data-verdict={verdict}>
      <span aria-hidden="true">{VERDICT_SIGNS[verdict]}</span> {say(verdict)}
    </strong>
  );
}

const LOOKS: Readonly<Partial<Record<Phase, string>>> = {
  mustering: "going",
  running: "going",
  draining: "going",
  reporting: "going",
  paused: "waiting",
  awaiting_approval: "waiting",
  failed: "failed",
};

export function PhaseBadge({ phase }: { phase: Phase }) {
  return (
    <span class={`badge ${LOOKS[phase] ?? "plain"}`} data-phase={phase}>
      {say(phase)}
    </span>
  );
}

export function LinkBadge({ state }: { state: LinkState }) {
  return (
    <span class={`link-state ${state}`} role="status">
      <i aria-hidden="true" /> {say(`link_${state}`)}
    </span>
  );
}
