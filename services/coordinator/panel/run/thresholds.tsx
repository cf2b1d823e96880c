/** How the thresholds stand. */

import type { LiveThreshold } from "../../../../libs/protocol/threshold.ts";
import { say } from "../words/words.ts";

const SIGNS: Readonly<Record<LiveThreshold["state"], string>> = { passed: "✓", failed: "✗", unknown: "·" };

export function Thresholds({ thresholds }: { thresholds: readonly LiveThreshold[] }) {
  if (thresholds.length === 0) return null;
  return (
    <section id="thresholds" aria-labelledby="thresholds-title">
      <h2 id="thresholds-title">{say("thresholds")}</h2>
      <ul class="thresholds">
        {thresholds.map(({ name, state, found }, index) => (
          <li key={`${index} ${name}`} class={state}>
            <span class="sign" aria-hidden="true">
              {SIGNS[state]}
            </span>
            <span>
              <strong>{name}</strong> <span class="unseen">{say(state)}</span>
              <small>{found}</small>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
