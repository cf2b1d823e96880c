/** The top of every page: where one is, and how it is shown. */

import { forgetToken, token } from "../api/session.ts";
import { say, type Word } from "../words/words.ts";
import { route } from "./location.ts";
import { ZONES, type Zone, zone } from "./preferences.ts";
import { ALL_RUNS, hashOf, type Route } from "./route.ts";
import { Wishes } from "./wishes.tsx";

interface Place {
  readonly to: Route;
  readonly word: Word;
  /** The pages that one comes to from there. */
  readonly pages: readonly Route["page"][];
}

const PLACES: readonly Place[] = [
  { to: ALL_RUNS, word: "runs", pages: ["runs", "run", "new", "compare"] },
  { to: { page: "series" }, word: "series", pages: ["series", "one-series"] },
  { to: { page: "library" }, word: "library", pages: ["library", "entry", "execution"] },
  { to: { page: "approvals" }, word: "approvals", pages: ["approvals"] },
  { to: { page: "nodes" }, word: "nodes", pages: ["nodes"] },
  { to: { page: "settings" }, word: "settings", pages: ["settings"] },
  { to: { page: "kill" }, word: "kill_switch", pages: ["kill"] },
];

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
        {PLACES.map(({ to, word, pages }) => (
          <a
            key={word}
            href={hashOf(to)}
            aria-current={pages.includes(route.value.page) ? "page" : undefined}
          >
            {say(word)}
          </a>
        ))}
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
