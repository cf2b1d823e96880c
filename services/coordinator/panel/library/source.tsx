/** A document of the library as text, to be put there; what is wrong with it is told beside its lines. */

import { useSignal } from "@preact/signals";
import type { Problem } from "../../../../libs/protocol/config/problems.ts";
import { Refused } from "../api/client.ts";
import { Trouble } from "../frame/trouble.tsx";
import { Editor } from "../new-run/editor.tsx";
import { say } from "../words/words.ts";

interface SourceProps {
  readonly text: string;
  readonly onInput: (text: string) => void;
  readonly onSave: () => Promise<unknown>;
}

export function Source({ text, onInput, onSave }: SourceProps) {
  const problems = useSignal<readonly Problem[]>([]);
  const error = useSignal<unknown>(undefined);
  async function save(): Promise<void> {
    try {
      await onSave();
      problems.value = [];
      error.value = undefined;
    } catch (trouble) {
      const told = trouble instanceof Refused ? trouble.problem.errors : undefined;
      problems.value = told ?? [];
      error.value = told ? undefined : trouble;
    }
  }
  return (
    <>
      <Editor label={say("document")} text={text} problems={problems.value} onInput={onInput} />
      <button type="button" class="main" disabled={text.trim() === ""} onClick={() => void save()}>
        {say("save")}
      </button>
      {error.value !== undefined && <Trouble error={error.value} />}
    </>
  );
}
