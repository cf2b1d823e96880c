/** The top of every page: where one is, and how it is shown. */

import { forgetToken, token } from "../api/session.ts";
import { say } from "../words/words.ts";
import { ZONES, type Zone, zone } from "./preferences.ts";
import { ALL_RUNS, hashOf } from "./route.ts";
import { Wishes } from "./wishes.tsx";

export function Header() {
  return (
    <header class="top">
      <button type="button" class="skip" onClick={skip}>
        {say("skip")}
      </button>
      <a class="name" href={hashOf(ALL_RUNS)}>
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="7" />
          <path d="M6 22h4V14h4v8h4V8h4v14h4" />
        </svg>
        Logburst
      </a>
      <nav>
        <a href={hashOf(ALL_RUNS)}>{say("runs")}</a>
        <a href={hashOf({ page: "library" })}>{say("library")}</a>
        <a href={hashOf({ page: "approvals" })}>{say("approvals")}</a>
        <a href="/docs">{say("api")}</a>
      </nav>
      <div class="preferences">
        {token.value !== "" && (
          <button type="button" onClick={forgetToken}>
            {say("token_forget")}
          </button>
        )}
        <select
          aria-label={say("zone")}
          value={zone}
          onChange={(event) => (zone.value = event.currentTarget.value as Zone)}
        >
          {ZONES.map((each) => (
            <option key={each} value={each}>
              {say(`zone_${each}`)}
            </option>
          ))}
        </select>
        <Wishes />
      </div>
    </header>
  );
}

/** The address behind the # is the page's; so the step is taken by hand. */
function skip(): void {
  const content = document.getElementById("content");
  content?.setAttribute("tabindex", "-1");
  content?.focus();
}
