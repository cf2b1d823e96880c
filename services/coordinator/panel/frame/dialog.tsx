/** Asks before something is done: whether that is meant, and what belongs to it. */

import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { say } from "../words/words.ts";

interface DialogProps {
  /** What is done: the heading, and the button that does it. */
  readonly title: string;
  readonly isGrave: boolean;
  readonly onSubmit: () => void;
  readonly onCancel: () => void;
  readonly children: ComponentChildren;
}

export function Dialog({ title, isGrave, onSubmit, onCancel, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="question-title" onClose={onCancel}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        <h2 id="question-title">{title}</h2>
        {children}
        <div class="answers">
          <button type="button" onClick={() => dialog.current?.close()}>
            {say("do_cancel")}
          </button>
          <button type="submit" class={isGrave ? "grave" : "main"}>
            {title}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** Why it is done. */
export function Reason({ text, isNeeded }: { text: Signal<string>; isNeeded: boolean }) {
  return (
    <label>
      {say("reason")}
      <input
        name="reason"
        maxLength={500}
        required={isNeeded}
        value={text}
        onInput={(event) => (text.value = event.currentTarget.value)}
      />
    </label>
  );
}
