/** Shows a run that is over as it went: a second of it is chosen, or they follow one another. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { clockText } from "../frame/figures.ts";
import { say } from "../words/words.ts";

interface ReplayProps {
  readonly lengthS: number;
  /** Undefined while all of the run is shown. */
  readonly at: Signal<number | undefined>;
}

/** All of a run is gone through in about so many steps, and a short one no faster than it went, ten times. */
const STEPS = 200;
const STEP_MS = 100;

export function Replay({ lengthS, at }: ReplayProps) {
  const isPlaying = useSignal(false);
  useEffect(() => {
    if (!isPlaying.value) return;
    const timer = setInterval(() => {
      const next = (at.value ?? 0) + Math.max(1, lengthS / STEPS);
      if (next >= lengthS) isPlaying.value = false;
      at.value = next >= lengthS ? undefined : next;
    }, STEP_MS);
    return () => clearInterval(timer);
  }, [isPlaying.value, lengthS]);
  const shown = at.value ?? lengthS;
  return (
    <section class="replay" aria-label={say("replay")}>
      <button
        type="button"
        onClick={() => {
          if (!isPlaying.value && at.value === undefined) at.value = 0;
          isPlaying.value = !isPlaying.value;
        }}
      >
        {say(isPlaying.value ? "halt" : "play")}
      </button>
      <input
        type="range"
        aria-label={say("replay")}
        aria-valuetext={clockText(shown)}
        min="0"
        max={lengthS}
        step="1"
        value={shown}
        onInput={({ currentTarget }) => {
          const chosen = currentTarget.valueAsNumber;
          at.value = chosen >= lengthS ? undefined : chosen;
        }}
      />
      <span class="muted">
        {at.value === undefined ? say("whole_run") : say("replay_at", clockText(at.value))}
      </span>
    </section>
  );
}
