/** Logburst's own Pods: whether they run, why not, and what the cluster says of each. */

import { useSignal } from "@preact/signals";
import type { PodEvent, PodState } from "../../../../libs/protocol/pod.ts";
import { getPod, getPodLog, type PodList } from "../api/system-calls.ts";
import { shownNowMs } from "../clock.ts";
import { useAsked } from "../frame/asked.ts";
import { NOTHING, spanText } from "../frame/figures.ts";
import { timeText } from "../frame/preferences.ts";
import { Table } from "../frame/table.tsx";
import { Trouble } from "../frame/trouble.tsx";
import { Unfold } from "../frame/unfold.tsx";
import { say, sayName } from "../words/words.ts";

const POLL_MS = 4000;

export function Pods({ pods }: { pods: PodList }) {
  const looked = useSignal<string | undefined>(undefined);
  return (
    <section id="pods" aria-labelledby="pods-title">
      <h2 id="pods-title">{say("pods")}</h2>
      <Table
        label={say("pods")}
        columns={[
          {
            key: "pod",
            head: say("pod"),
            by: ({ name }: PodState) => name,
            cell: ({ name, component }) => (
              <>
                {name}
                <small>{component}</small>
              </>
            ),
          },
          { key: "state", head: say("state"), kind: "text", by: stateText, cell: Condition },
          { key: "why", head: say("why"), kind: "wide", by: ({ reason }) => reason, cell: Why },
          { key: "restarts", head: say("restarts"), by: (pod) => pod.restarts, cell: (pod) => pod.restarts },
          {
            key: "machine",
            head: say("machine"),
            kind: "text",
            by: ({ machine }) => machine,
            cell: ({ machine }) => machine ?? NOTHING,
          },
          { key: "age", head: say("age"), by: ({ created_at: at }) => at, cell: ageText },
          {
            key: "more",
            head: say("events"),
            cell: ({ name }) => (
              <Unfold looked={looked} id={name} label={say("look_at", name)}>
                {say("look")}
              </Unfold>
            ),
          },
        ]}
        rows={pods}
        keyOf={({ name }) => name}
        empty={say("no_pods")}
      />
      {looked.value !== undefined && <Looked key={looked.value} name={looked.value} />}
    </section>
  );
}

/** Running alone says little: what runs may not be ready. */
function stateText({ phase, ready }: PodState): string {
  return phase === "Running" && !ready ? say("pod_not_ready") : sayName("pod_", phase);
}

function Condition(pod: PodState) {
  const isWell = pod.phase === "Succeeded" || (pod.phase === "Running" && pod.ready);
  return <span class={isWell ? undefined : "bad"}>{stateText(pod)}</span>;
}

function Why({ reason, message }: PodState) {
  if (reason === undefined) return <>{NOTHING}</>;
  return (
    <>
      {reason} <small>{message}</small>
    </>
  );
}

function ageText({ created_at: at }: PodState): string {
  return at === undefined ? NOTHING : spanText(shownNowMs.value - Date.parse(at));
}

function Looked({ name }: { name: string }) {
  const { found, error } = useAsked(name, POLL_MS, () => getPod(name));
  return (
    <section id="pod" aria-label={name}>
      <h3>{name}</h3>
      {error.value !== undefined && <Trouble error={error.value} />}
      {found.value && (
        <>
          <Happened events={found.value.events} />
          <Log name={name} hasPrevious={found.value.pod.restarts > 0} />
        </>
      )}
    </section>
  );
}

function Happened({ events }: { events: readonly PodEvent[] }) {
  return (
    <Table
      label={say("events")}
      columns={[
        { key: "what", head: say("event"), cell: ({ reason }: PodEvent) => reason },
        {
          key: "type",
          head: say("kind"),
          kind: "text",
          cell: ({ type }) => <span class={type === "Warning" ? "bad" : undefined}>{type}</span>,
        },
        { key: "message", head: say("what"), kind: "wide", cell: ({ message }) => message },
        { key: "count", head: say("count"), cell: ({ count }) => count },
        {
          key: "last",
          head: say("last"),
          cell: ({ last_seen: at }) => (at === undefined ? NOTHING : timeText(Date.parse(at))),
        },
      ]}
      rows={events.toReversed()}
      keyOf={({ reason, message }) => `${reason} ${message}`}
      empty={say("no_events")}
    />
  );
}

/** A container that was restarted has said why before that. */
function Log({ name, hasPrevious }: { name: string; hasPrevious: boolean }) {
  const isPrevious = useSignal(false);
  const key = `${name} ${isPrevious.value}`;
  const { found, error } = useAsked(key, POLL_MS, () => getPodLog(name, isPrevious.value));
  return (
    <>
      <h4>{say("logs_of", name)}</h4>
      {hasPrevious && (
        <label>
          <input
            type="checkbox"
            checked={isPrevious}
            onChange={(event) => (isPrevious.value = event.currentTarget.checked)}
          />{" "}
          {say("before_restart")}
        </label>
      )}
      {error.value !== undefined && <Trouble error={error.value} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre class="log" tabIndex={0}>
        {found.value}
      </pre>
    </>
  );
}
