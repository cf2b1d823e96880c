/** What can be done to a run now. What is grave, or has something to say, asks before. */

import { useSignal } from "@preact/signals";
import type { RunRecord } from "../../../../libs/protocol/run.ts";
import { controlRun } from "../api/calls.ts";
import { role } from "../api/session.ts";
import { Trouble } from "../frame/trouble.tsx";
import { say } from "../words/words.ts";
import { type Action, actionsFor } from "./actions.ts";
import { Question } from "./question.tsx";

interface ControlsProps {
  readonly record: RunRecord;
  readonly onDone: (record: RunRecord) => void;
}

export function Controls({ record, onDone }: ControlsProps) {
  const asking = useSignal<Action | undefined>(undefined);
  const isBusy = useSignal(false);
  const error = useSignal<unknown>(undefined);
  const actions = actionsFor(record, role.value);

  async function act({ verb }: Action, body: object): Promise<void> {
    asking.value = undefined;
    isBusy.value = true;
    error.value = undefined;
    try {
      onDone(await controlRun(record.id, verb, body));
    } catch (trouble) {
      error.value = trouble;
    } finally {
      isBusy.value = false;
    }
  }

  if (actions.length === 0 && error.value === undefined) return null;
  return (
    <section class="controls" aria-label={say("controls")}>
      {actions.map((action) => (
        <Press
          key={action.verb}
          action={action}
          isBusy={isBusy.value}
          onPress={() => {
            if (action.asks === "none") void act(action, {});
            else asking.value = action;
          }}
        />
      ))}
      {asking.value && (
        <Question
          action={asking.value}
          record={record}
          onAnswer={(body) => asking.value && void act(asking.value, body)}
          onCancel={() => (asking.value = undefined)}
        />
      )}
      {error.value !== undefined && <Trouble error={error.value} />}
    </section>
  );
}

interface PressProps {
  readonly action: Action;
  readonly isBusy: boolean;
  readonly onPress: () => void;
}

function Press({ action: { verb, isGrave, needs }, isBusy, onPress }: PressProps) {
  return (
    <button
      type="button"
      class={isGrave ? "grave" : undefined}
      data-action={verb}
      disabled={isBusy || needs !== undefined}
      title={needs && say("needs_role", needs)}
      onClick={onPress}
    >
      {say(`do_${verb}`)}
    </button>
  );
}
