/** The kill switch: whether it is set, who set it and why, and the way to set or to clear it. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { KillState } from "../../../../libs/protocol/kill.ts";
import { clearKillSwitch, setKillSwitch } from "../api/system-calls.ts";
import { Dialog, Reason } from "../frame/dialog.tsx";
import { Facts } from "../frame/facts.tsx";
import { timeText } from "../frame/preferences.ts";
import { RoleButton } from "../frame/role-button.tsx";
import { Trouble } from "../frame/trouble.tsx";
import { say } from "../words/words.ts";
import { killState, killTrouble, takeKillState } from "./kill-switch.ts";

export function KillPage() {
  useEffect(() => {
    document.title = `${say("kill_switch")} · Logburst`;
  });
  const state = killState.value;
  return (
    <main id="content">
      <h1>{say("kill_switch")}</h1>
      <p class="muted">{say("kill_hint")}</p>
      {killTrouble.value !== undefined && <Trouble error={killTrouble.value} />}
      {state ? (
        <Shown state={state} />
      ) : (
        killTrouble.value === undefined && <p class="loading">{say("loading")}</p>
      )}
    </main>
  );
}

function Shown({ state: { set: isSet, reason, by, at_ms: atMs } }: { state: KillState }) {
  const isAsking = useSignal(false);
  const isBusy = useSignal(false);
  async function turn(answer: Promise<KillState>): Promise<void> {
    isAsking.value = false;
    isBusy.value = true;
    await takeKillState(answer);
    isBusy.value = false;
  }
  return (
    <>
      <p class="states">
        <span class={`badge ${isSet ? "failed" : "passed"}`} data-kill={isSet ? "set" : "clear"}>
          {say(isSet ? "kill_set" : "kill_clear")}
        </span>
      </p>
      {/* A switch that was never turned was turned by nobody. */}
      {atMs > 0 && (
        <Facts
          facts={[
            [say(isSet ? "kill_set_by" : "kill_cleared_by"), by],
            [say("since"), timeText(atMs)],
            ...(reason === "" ? [] : ([[say("why"), reason]] as const)),
          ]}
        />
      )}
      <p>
        <RoleButton
          needed={isSet ? "approver" : "operator"}
          isGrave={!isSet}
          isBusy={isBusy.value}
          onPress={() => (isAsking.value = true)}
        >
          {say(isSet ? "do_clear_kill" : "do_set_kill")}
        </RoleButton>
      </p>
      {isAsking.value && (
        <Question
          isSet={isSet}
          onAnswer={(why) => void turn(isSet ? clearKillSwitch() : setKillSwitch(why))}
          onCancel={() => (isAsking.value = false)}
        />
      )}
    </>
  );
}

interface QuestionProps {
  readonly isSet: boolean;
  readonly onAnswer: (reason: string) => void;
  readonly onCancel: () => void;
}

function Question({ isSet, onAnswer, onCancel }: QuestionProps) {
  const reason = useSignal("");
  return (
    <Dialog
      title={say(isSet ? "do_clear_kill" : "do_set_kill")}
      isGrave={!isSet}
      onSubmit={() => onAnswer(reason.value.trim())}
      onCancel={onCancel}
    >
      <p>{say(isSet ? "sure_clear_kill" : "sure_set_kill")}</p>
      {!isSet && <Reason text={reason} isNeeded={true} />}
    </Dialog>
  );
}
