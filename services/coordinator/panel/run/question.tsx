/** Asks before something is done to a run: whether that is meant, why, or how much. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { RunRecord } from "../../../../libs/protocol/run.ts";
import { say } from "../words/words.ts";
import type { Action } from "./actions.ts";

interface QuestionProps {
  readonly action: Action;
  readonly record: RunRecord;
  readonly onAnswer: (body: object) => void;
  readonly onCancel: () => void;
}

export function Question({ action, record, onAnswer, onCancel }: QuestionProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const text = useSignal("");
  useEffect(() => dialog.current?.showModal(), []);
  const { verb, asks, isGrave } = action;
  return (
    <dialog ref={dialog} aria-labelledby="question-title" onClose={onCancel}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onAnswer(bodyOf(action, record, text.value.trim()));
        }}
      >
        <h2 id="question-title">{say(`do_${verb}`)}</h2>
        <p>
          <strong>{record.name}</strong> <small>{record.id}</small>
        </p>
        <p>{say(`sure_${verb}` as "sure_stop")}</p>
        {record.production && <p class="bad">{say("on_production")}</p>}
        {asks === "reason" && (
          <label>
            {say("reason")}
            <input
              name="reason"
              maxLength={500}
              required={verb === "reject"}
              value={text}
              onInput={(event) => (text.value = event.currentTarget.value)}
            />
          </label>
        )}
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
        <div class="answers">
          <button type="button" onClick={() => dialog.current?.close()}>
            {say("do_cancel")}
          </button>
          <button type="submit" class={isGrave ? "grave" : "main"}>
            {say(`do_${verb}`)}
          </button>
        </div>
      </form>
    </dialog>
  );
}

function bodyOf({ asks }: Action, { model }: RunRecord, text: string): object {
  if (asks === "load") return model === "open" ? { rate: Number(text) } : { users: Number(text) };
  return asks === "reason" && text !== "" ? { reason: text } : {};
}
