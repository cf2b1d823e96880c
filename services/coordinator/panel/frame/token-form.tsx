/** Asks for a token, when the server answers none but those who have one. */

import { useSignal } from "@preact/signals";
import { setToken, tokenWanted } from "../api/session.ts";
import { say } from "../words/words.ts";

/** Longer ones the server does not read. */
const MAX_TOKEN_CHARS = 16_000;

export function TokenForm() {
  const text = useSignal("");
  return (
    <main id="content" class="narrow">
      <h1>{say("token_title")}</h1>
      <p>{say(tokenWanted.value === "refused" ? "token_refused" : "token_missing")}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setToken(text.value);
        }}
      >
        <label>
          {say("token")}
          <input
            type="password"
            name="token"
            autocomplete="off"
            spellcheck={false}
            required
            maxLength={MAX_TOKEN_CHARS}
            value={text}
            onInput={(event) => (text.value = event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="main">
          {say("token_use")}
        </button>
      </form>
      <p class="muted">{say("token_kept")}</p>
    </main>
  );
}
