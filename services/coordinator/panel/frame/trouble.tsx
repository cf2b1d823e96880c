/** What went wrong with a request: what, and what to do about it, in the server's own words. */

import { Refused } from "../api/client.ts";
import { say } from "../words/words.ts";

export function Trouble({ error, onAgain }: { error: unknown; onAgain?: () => void }) {
  return (
    <div class="trouble" role="alert">
      <p>
        <strong>{troubleText(error)}</strong>
      </p>
      {error instanceof Refused && <Remedies error={error} />}
      {onAgain && (
        <button type="button" onClick={onAgain}>
          {say("again")}
        </button>
      )}
    </div>
  );
}

function Remedies({ error: { problem } }: { error: Refused }) {
  const { remedies = [], errors = [] } = problem;
  if (remedies.length + errors.length === 0) return null;
  return (
    <ul>
      {errors.map(({ path, message }) => (
        <li key={path + message}>
          <code>{path}</code> {message}
        </li>
      ))}
      {remedies.map((remedy) => (
        <li key={remedy}>{remedy}</li>
      ))}
    </ul>
  );
}

function troubleText(error: unknown): string {
  if (error instanceof Refused && error.status === 0) return say("unreachable");
  return error instanceof Error ? error.message : String(error);
}
