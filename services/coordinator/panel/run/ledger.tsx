/** The books as a strip and a sum: what is planned ended in one state, or is still open, and it always adds up. */

import type { LedgerLine } from "../../../../libs/protocol/ledger.ts";
import { countText } from "../frame/figures.ts";
import { say } from "../words/words.ts";
import { type Part, stripOf } from "./strip.ts";

interface LedgerProps {
  readonly ledger: LedgerLine;
  readonly isOver: boolean;
  /** What the report says of it; where it has no word on it, the sum says it. */
  readonly isBalanced?: boolean;
}

export function Ledger({ ledger, isOver, isBalanced = true }: LedgerProps) {
  const { parts, shown, holds } = stripOf(ledger);
  const isEnded = shown.every(({ state, count }) => state !== "open" || count === 0);
  const adds = holds && isBalanced && (isEnded || !isOver);
  const listed = shown.filter(({ state, count }) => count > 0 || state !== "open");
  return (
    <section id="ledger" aria-labelledby="ledger-title">
      <h2 id="ledger-title">{say("ledger")}</h2>
      <p class="sum">
        <span data-ledger="planned">
          {say("planned")} {countText(ledger.planned)}
        </span>{" "}
        ={" "}
        {listed.map((part, index) => (
          <Term key={part.state} part={part} isFirst={index === 0} />
        ))}{" "}
        {(isOver || !adds) && (
          <span class={`badge ${adds ? "passed" : "failed"}`}>{say(adds ? "balanced" : "not_balanced")}</span>
        )}
      </p>
      <svg class="strip" viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true">
        {parts.map(({ state, x, width }) => (
          <rect key={state} class={`s-${state}`} x={x} y="0" width={width} height="12" />
        ))}
      </svg>
      {ledger.superseded > 0 && <p class="muted">{say("superseded", countText(ledger.superseded))}</p>}
    </section>
  );
}

function Term({ part: { state, count }, isFirst }: { part: Part; isFirst: boolean }) {
  return (
    <span class="term" data-ledger={state}>
      {isFirst ? "" : "+ "}
      <i class={`swatch s-${state}`} />
      {countText(count)} {say(state)}
    </span>
  );
}
