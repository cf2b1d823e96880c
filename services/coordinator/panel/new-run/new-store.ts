/** A config that is being written: its text, and what the server says to it. */

import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { Problem } from "../../../../libs/protocol/config/problems.ts";
import type { RunRecord } from "../../../../libs/protocol/run.ts";
import type { AnswerOf } from "../../../../libs/protocol/verbs/table.ts";
import { cloneRun, createRun, getConfig, getConfigSchema, validateConfig } from "../api/calls.ts";
import { Refused } from "../api/client.ts";
import { FIRST } from "./first.ts";
import type { JsonSchema } from "./schema.ts";
import { yamlOf } from "./yaml.ts";

/** A pause between two letters. */
const TYPING_MS = 400;

type Plan = AnswerOf<"config.validate">;

export interface NewStore {
  readonly text: ReadonlySignal<string>;
  /** What the form is about; a text that was written by hand it does not know. */
  readonly document: ReadonlySignal<unknown>;
  readonly schema: ReadonlySignal<JsonSchema | undefined>;
  readonly problems: ReadonlySignal<readonly Problem[]>;
  /** What it would run; undefined while that is not known. */
  readonly plan: ReadonlySignal<Plan | undefined>;
  readonly error: ReadonlySignal<unknown>;
  /** Makes the run. A clone that nothing was changed in keeps its secrets, which no text shows. */
  create(isStarted: boolean): Promise<RunRecord>;
  write(text: string): void;
  fill(document: unknown): void;
  close(): void;
}

export function openNew(clone: string | undefined): NewStore {
  const text = signal("");
  const document = signal<unknown>(FIRST);
  const schema = signal<JsonSchema | undefined>(undefined);
  const problems = signal<readonly Problem[]>([]);
  const plan = signal<Plan | undefined>(undefined);
  const error = signal<unknown>(undefined);
  let beginning: string | undefined;
  let asking = new AbortController();
  let typing: ReturnType<typeof setTimeout> | undefined;

  async function check(): Promise<void> {
    asking.abort();
    asking = new AbortController();
    const { signal: mine } = asking;
    try {
      const found = await validateConfig(text.value, mine);
      if (!mine.aborted) tell(found, [], undefined);
    } catch (trouble) {
      if (mine.aborted) return;
      const told = trouble instanceof Refused ? trouble.problem.errors : undefined;
      tell(undefined, told ?? [], told ? undefined : trouble);
    }
  }

  function tell(found: Plan | undefined, wrong: readonly Problem[], trouble: unknown): void {
    batch(() => {
      plan.value = found;
      problems.value = wrong;
      error.value = trouble;
    });
  }

  function write(next: string): void {
    text.value = next;
    clearTimeout(typing);
    typing = setTimeout(() => void check(), TYPING_MS);
  }

  function fill(next: unknown): void {
    document.value = next;
    write(yamlOf(next));
  }

  async function begin(): Promise<void> {
    fill(clone === undefined ? FIRST : (await getConfig(clone)).config);
    beginning = text.value;
    schema.value = await getConfigSchema();
  }

  begin().catch((trouble: unknown) => (error.value = trouble));
  return {
    create: (isStarted) =>
      clone !== undefined && text.value === beginning
        ? cloneRun(clone, isStarted)
        : createRun(text.value, isStarted),
    ...{ text, document, schema, problems, plan, error, write, fill },
    close() {
      clearTimeout(typing);
      asking.abort();
    },
  };
}
