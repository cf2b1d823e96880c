/** The list of runs. */

import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Phase, RunRecord } from "../../../../libs/protocol/run.ts";
import { shownNowMs } from "../clock.ts";
import { PhaseBadge, VerdictBadge } from "../frame/badge.tsx";
import { NOTHING, rateText, spanText } from "../frame/figures.ts";
import { replaceRoute } from "../frame/location.ts";
import { timeText } from "../frame/preferences.ts";
import { hashOf, MAX_COMPARED } from "../frame/route.ts";
import { Trouble } from "../frame/trouble.tsx";
import { say } from "../words/words.ts";
import { loadText } from "./load-text.tsx";
import { openRuns, type RunsStore } from "./runs-store.ts";
import { SPARK, sparkPath } from "./sparkline.ts";

const SHOWN_PHASES = [
  "created",
  "awaiting_approval",
  "mustering",
  "running",
  "paused",
  "draining",
  "completed",
  "stopped",
  "aborted",
  "failed",
] as const satisfies readonly Phase[];

interface RunsPageProps {
  readonly name: string;
  readonly phase: string;
}

export function RunsPage({ name, phase }: RunsPageProps) {
  const known = SHOWN_PHASES.find((each) => each === phase);
  const store = useMemo(openRuns, []);
  useEffect(() => store.close, [store]);
  useEffect(() => store.search(name, known), [store, name, known]);
  useEffect(() => {
    document.title = `${say("runs")} · Logburst`;
  });
  return (
    <main id="content">
      <div class="head-line">
        <h1>{say("runs")}</h1>
        <a class="button main" href={hashOf({ page: "new", clone: undefined })}>
          {say("new_run")}
        </a>
      </div>
      <Search name={name} phase={known ?? ""} />
      {store.error.value !== undefined && <Trouble error={store.error.value} onAgain={store.again} />}
      <List store={store} isSearch={name !== "" || known !== undefined} />
    </main>
  );
}

function Search({ name, phase }: RunsPageProps) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isTyping =
        event.target instanceof HTMLElement && /INPUT|SELECT|TEXTAREA/.test(event.target.tagName);
      if (event.key !== "/" || isTyping) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    <search class="search">
      <label>
        <span class="unseen">{say("search")}</span>
        <input
          ref={field}
          type="search"
          placeholder={`${say("search")}  /`}
          maxLength={64}
          value={name}
          onInput={(event) => replaceRoute({ page: "runs", name: event.currentTarget.value, phase })}
        />
      </label>
      <label>
        <span class="unseen">{say("phase")}</span>
        <select
          value={phase}
          onChange={(event) => replaceRoute({ page: "runs", name, phase: event.currentTarget.value })}
        >
          <option value="">{say("any_phase")}</option>
          {SHOWN_PHASES.map((each) => (
            <option key={each} value={each}>
              {say(each)}
            </option>
          ))}
        </select>
      </label>
    </search>
  );
}

function List({ store, isSearch }: { store: RunsStore; isSearch: boolean }) {
  const chosen = useSignal<readonly string[]>([]);
  const runs = store.runs.value;
  if (runs === undefined) {
    return store.error.value === undefined ? <p class="loading">{say("loading")}</p> : null;
  }
  if (runs.length === 0) return <NoRuns isSearch={isSearch} />;
  return (
    <>
      <Choice ids={chosen.value} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section class="scroll" tabIndex={0} aria-label={say("runs")}>
        <table class="runs">
          <thead>
            <tr>
              <th scope="col">{say("run")}</th>
              <th scope="col">{say("phase")}</th>
              <th scope="col">{say("verdict")}</th>
              <th scope="col">{say("load")}</th>
              <th scope="col">{say("length")}</th>
              <th scope="col">{say("rate_now")}</th>
              <th scope="col">{say("age")}</th>
            </tr>
          </thead>
          <tbody>
            {runs.map((record) => (
              <Row
                key={record.id}
                record={record}
                rates={store.rates.value[record.id]}
                isChosen={chosen.value.includes(record.id)}
                onChoose={() => (chosen.value = withChoice(chosen.value, record.id))}
              />
            ))}
          </tbody>
        </table>
      </section>
      {store.hasMore.value && (
        <button type="button" onClick={store.showMore}>
          {say("more")}
        </button>
      )}
    </>
  );
}

/** In the order of the choice: the first is what the others are held against. */
function withChoice(ids: readonly string[], id: string): readonly string[] {
  if (ids.includes(id)) return ids.filter((each) => each !== id);
  return ids.length < MAX_COMPARED ? [...ids, id] : ids;
}

function Choice({ ids }: { ids: readonly string[] }) {
  return (
    <p class="choice">
      {ids.length >= 2 ? (
        <a class="button" href={hashOf({ page: "compare", ids })}>
          {say("compare_n", String(ids.length))}
        </a>
      ) : (
        <span class="muted">{say("compare_hint")}</span>
      )}
    </p>
  );
}

function NoRuns({ isSearch }: { isSearch: boolean }) {
  if (isSearch) return <p class="empty">{say("no_match")}</p>;
  return (
    <div class="empty">
      <p>{say("no_runs")}</p>
      <p>{say("no_runs_hint")}</p>
      <pre>logburst run config.yaml</pre>
    </div>
  );
}

interface RowProps {
  readonly record: RunRecord;
  readonly rates: readonly number[] | undefined;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

function Row({ record, rates, isChosen, onChoose }: RowProps) {
  const { id, name, phase, verdict, duration_ms: durationMs, created_ms: createdMs } = record;
  return (
    <tr>
      <th scope="row">
        <input
          type="checkbox"
          aria-label={say("choose", id)}
          checked={isChosen}
          // What is still going on has nothing to be compared.
          disabled={verdict === undefined}
          onChange={onChoose}
        />{" "}
        <a href={hashOf({ page: "run", id, query: undefined })}>{name}</a>
        <small>
          {id}
          {record.production && ` · ${say("in_use")}`}
        </small>
      </th>
      <td class="text">
        <PhaseBadge phase={phase} />
      </td>
      <td class="text">{verdict ? <VerdictBadge verdict={verdict} /> : NOTHING}</td>
      <td>{loadText(record)}</td>
      <td>{durationMs === undefined ? NOTHING : spanText(durationMs)}</td>
      <td class="rate">{rates && phase === "running" ? <Spark rates={rates} /> : NOTHING}</td>
      <td title={timeText(createdMs)}>{say("ago", spanText(shownNowMs.value - createdMs))}</td>
    </tr>
  );
}

function Spark({ rates }: { rates: readonly number[] }) {
  return (
    <>
      <svg class="spark" viewBox={`0 0 ${SPARK.width} ${SPARK.height}`} aria-hidden="true">
        <path d={sparkPath(rates)} />
      </svg>
      {say("per_second", rateText(rates.at(-1)))}
    </>
  );
}
