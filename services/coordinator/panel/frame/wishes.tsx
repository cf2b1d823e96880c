/** Where whoever looks chooses colours and language. */

import { say } from "../words/words.ts";
import {
  LANGUAGE_NAMES,
  LANGUAGES,
  type Language,
  language,
  THEMES,
  type Theme,
  theme,
} from "./preferences.ts";

export function Wishes() {
  return (
    <>
      <select
        aria-label={say("theme")}
        value={theme}
        onChange={(event) => (theme.value = event.currentTarget.value as Theme)}
      >
        {THEMES.map((each) => (
          <option key={each} value={each}>
            {say(`theme_${each}`)}
          </option>
        ))}
      </select>
      <select
        aria-label={say("language")}
        value={language}
        onChange={(event) => (language.value = event.currentTarget.value as Language)}
      >
        {LANGUAGES.map((each) => (
          <option key={each} value={each}>
            {LANGUAGE_NAMES[each]}
          </option>
        ))}
      </select>
    </>
  );
}
