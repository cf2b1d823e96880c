/** A new run: from YAML, or from a form; from nothing, or from a run that was. */

import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { AnswerOf } from "../../../../libs/protocol/verbs/table.ts";
import { role } from "../api/session.ts";
import { countText, spanText } from "../frame/figures.ts";
import { ALL_RUNS, hashOf } from "../frame/route.ts";
import { Trouble } from "../frame/trouble.tsx";
import { say } from "../words/words.ts";
import { Editor } from "./editor.tsx";
import { Field } from "./field.tsx";
import { type NewStore, openNew } from "./new-store.ts";

export function NewPage({ clone }: { clone: string | undefined }) {
  const store = useMemo(() => openNew(clone), [clone]);
  useEffect(() => store.close, [store]);
  useEffect(() => {
    document.title = `${say("new_run")} · Logburst`;
  });
  const face = useSignal<"yaml" | "form">("yaml");
  const problems = store.problems.value;
  return (
    <main id="content">
      <p class="crumbs">
        <a href={hashOf(ALL_RUNS)}>{say("back_to_runs")}</a>
      </p>
      <h1>{clone === undefined ? say("new_run") : say("clone_of", clone)}</h1>
      <div class="faces">
        {(["yaml", "form"] as const).map((each) => (
          <button
            key={each}
            type="button"
            class={face.value === each ? "main" : undefined}
            aria-pressed={face.value === each}
            onClick={() => (face.value = each)}
          >
            {say(`face_${each}`)}
          </button>
        ))}
        {face.value === "form" && <span class="muted">{say("form_hint")}</span>}
      </div>
      {face.value === "form" && store.schema.value && (
        <div class="schema-form">
          <Field
            name={say("config")}
            schema={store.schema.value}
            value={store.document.value}
            isRequired
            onChange={store.fill}
          />
        </div>
      )}
      <Editor label={say("config")} text={store.text.value} problems={problems} onInput={store.write} />
      {store.error.value !== undefined && <Trouble error={store.error.value} />}
      <Start store={store} />
    </main>
  );
}

function Start({ store }: { store: NewStore }) {
  const error = useSignal<unknown>(undefined);
  const isBusy = useSignal(false);
  const plan = store.plan.value;
  const mayNot = role.value === "viewer";

  async function create(isStarted: boolean): Promise<void> {
    isBusy.value = true;
    error.value = undefined;
    try {
      const { id } = await store.create(isStarted);
      location.hash = hashOf({ page: "run", id, query: undefined });
    } catch (trouble) {
      error.value = trouble;
    } finally {
      isBusy.value = false;
    }
  }

  return (
    <section class="start">
      <p role="status">
        {plan ? planText(plan) : store.problems.value.length > 0 ? say("has_problems") : say("checking")}
      </p>
      {plan?.warnings.map((warning) => (
        <p key={warning} class="muted">
          {warning}
        </p>
      ))}
      <div class="faces">
        <button
          type="button"
          class="main"
          disabled={!plan || isBusy.value || mayNot}
          title={mayNot ? say("needs_role", "operator") : undefined}
          onClick={() => void create(true)}
        >
          {say("start_run")}
        </button>
        <button type="button" disabled={!plan || isBusy.value || mayNot} onClick={() => void create(false)}>
          {say("only_accept")}
        </button>
      </div>
      {error.value !== undefined && <Trouble error={error.value} />}
    </section>
  );
}

function planText({
  name,
  model,
  duration_ms: durationMs,
  planned,
  users,
  slots_needed: slots,
}: AnswerOf<"config.validate">): string {
  return [
    `✓ ${name}`,
    say(`model_${model}`),
    planned === undefined ? "" : say("queries_in_all", countText(planned)),
    users === undefined ? "" : say("users", countText(users)),
    durationMs === undefined ? "" : spanText(durationMs),
    say("slots_wanted", countText(slots)),
  ]
    .filter((part) => part !== "")
    .join(" · ");
}
