/** Asks before something is done to a run: whether that is meant, why, or how much. */

import { useSignal } from "@preact/signals";
import type { RunRecord } from "../../../../libs/protocol/run.ts";
import { Dialog, Reason } from "../frame/dialog.tsx";
import { say } from "../words/words.ts";
import type { Action } from "./actions.ts";

interface QuestionProps {
  readonly action: Action;
  readonly record: RunRecord;
  readonly onAnswer: (body: object) => void;
  readonly onCancel: () => void;
}

export function Question({ action, record, onAnswer, onCancel }: QuestionProps) {
  const text = useSignal("");
  const { verb, asks, isGrave } = action;
  return (
    <Dialog
      title={say(`do_${verb}`)}
      isGrave={isGrave}
      onSubmit={() => onAnswer(bodyOf(action, record, text.value.trim()))}
      onCancel={onCancel}
    >
      <p>
        <strong>{record.name}</strong> <small>{record.id}</small>
      </p>
      <p>{say(`sure_${verb}` as "sure_stop")}</p>
      {record.production && <p class="bad">{say("on_production")}</p>}
      {asks === "reason" && <Reason text={text} isNeeded={verb === "reject"} />}
      {asks === "load" && (
        <label>
          {say(record.model === "open" ? "new_rate" : "new_users")}
          <input
            name="load"
            type="number"
            required
            min={record.model === "open" ? 0.001 : 1}
            step={record.model === "open" ? "any" : 1}
            value={text}
            onInput={(event) => (text.value = event.currentTarget.value)}
          />
        </label>
      )}
    </Dialog>
  );
}

function bodyOf({ asks }: Action, { model }: RunRecord, text: string): object {
  if (asks === "load") return model === "open" ? { rate: Number(text) } : { users: Number(text) };
  return asks === "reason" && text !== "" ? { reason: text } : {};
}
