/** Settings that change while the services run: what is in force, where it comes from, and what was refused. */

import { useEffect } from "preact/hooks";
import type { SettingsState } from "../../../../libs/protocol/verbs/settings.ts";
import type { AnswerOf } from "../../../../libs/protocol/verbs/table.ts";
import { getSettings } from "../api/system-calls.ts";
import { useAsked } from "../frame/asked.ts";
import { Facts } from "../frame/facts.tsx";
import { timeText } from "../frame/preferences.ts";
import { Table } from "../frame/table.tsx";
import { Trouble } from "../frame/trouble.tsx";
import { yamlOf } from "../new-run/yaml.ts";
import { say, sayName } from "../words/words.ts";
import { valueText } from "./value-text.ts";

const POLL_MS = 4000;

type Answer = AnswerOf<"settings.get">;

export function SettingsPage() {
  const { found, error } = useAsked("settings", POLL_MS, getSettings);
  useEffect(() => {
    document.title = `${say("settings")} · Logburst`;
  });
  const answer = found.value;
  return (
    <main id="content">
      <h1>{say("settings")}</h1>
      <p class="muted">{say("settings_hint")}</p>
      {error.value !== undefined && <Trouble error={error.value} />}
      {answer ? (
        <>
          <InForce state={answer.in_force} />
          <Refused refused={answer.in_force.refused} />
          <Stored stored={answer.stored} />
        </>
      ) : (
        error.value === undefined && <p class="loading">{say("loading")}</p>
      )}
    </main>
  );
}

function InForce({ state }: { state: SettingsState }) {
  const { service, node, version, hash, since_ms: sinceMs, settings, sources } = state;
  return (
    <section id="in-force" aria-labelledby="in-force-title">
      <h2 id="in-force-title">{say("in_force")}</h2>
      <Facts
        facts={[
          [service, node],
          [say("version"), String(version)],
          [say("hash"), hash],
          [say("since"), timeText(sinceMs)],
        ]}
      />
      <Table
        label={say("in_force")}
        columns={[
          {
            key: "setting",
            head: say("setting"),
            by: ([name]: Setting) => name,
            cell: ([name]) => <code>{name}</code>,
          },
          { key: "value", head: say("value"), kind: "wide", cell: ([, value]) => valueText(value) },
          {
            key: "source",
            head: say("source"),
            kind: "text",
            by: ([name]) => sources[name],
            cell: ([name]) => sayName("from_", sources[name] ?? ""),
          },
        ]}
        rows={Object.entries(settings)}
        keyOf={([name]) => name}
        empty={say("no_settings")}
      />
    </section>
  );
}

type Setting = [name: string, value: unknown];

function Refused({ refused }: Pick<SettingsState, "refused">) {
  return (
    <section id="refused" aria-labelledby="refused-title">
      <h2 id="refused-title">{say("refused_settings")}</h2>
      {refused.length === 0 && <p class="empty">{say("no_refused")}</p>}
      {refused.map(({ source, at_ms: atMs, problems }) => (
        <div key={source} class="trouble">
          <p>
            <strong>{source}</strong> <small>{timeText(atMs)}</small>
          </p>
          <ul class="problems">
            {problems.map(({ line, path, message, remedy }) => (
              <li key={`${path} ${message}`}>
                {line !== undefined && say("line", String(line))} <code>{path}</code>{" "}
                <span class="bad">{message}</span> <small>{remedy}</small>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

function Stored({ stored }: Pick<Answer, "stored">) {
  return (
    <section id="stored" aria-labelledby="stored-title">
      <h2 id="stored-title">{say("set_for_all")}</h2>
      {stored === undefined ? (
        <p class="empty">{say("nothing_set")}</p>
      ) : (
        <>
          <Facts
            facts={[
              [say("revision"), String(stored.revision)],
              [say("changed_by"), stored.by ?? say("unknown")],
            ]}
          />
          <pre>{yamlOf(stored.spec)}</pre>
        </>
      )}
    </section>
  );
}
