/** While the kill switch is set, every page says so first: nothing that one would do there begins. */

import { useEffect } from "preact/hooks";
import { timeText } from "../frame/preferences.ts";
import { hashOf } from "../frame/route.ts";
import { say } from "../words/words.ts";
import { killState, watchKillSwitch } from "./kill-switch.ts";

export function KillBanner() {
  useEffect(watchKillSwitch, []);
  const state = killState.value;
  if (!state?.set) return null;
  return (
    <section class="alarm" role="alert">
      <strong>{say("kill_is_set")}</strong> {state.reason} · {state.by} · {timeText(state.at_ms)}{" "}
      <a href={hashOf({ page: "kill" })}>{say("kill_switch")}</a>
    </section>
  );
}
