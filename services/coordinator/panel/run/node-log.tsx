/** What a node says of itself, as it comes. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { LogLine } from "../../../../libs/protocol/log-line.ts";
import { follow, type LinkState } from "../api/stream.ts";
import { LinkBadge } from "../frame/badge.tsx";
import { timeText } from "../frame/preferences.ts";
import { say } from "../words/words.ts";

/** More nobody reads in a page; the node's own log has all. */
const MAX_LINES = 200;

export function NodeLog({ node }: { node: string }) {
  const lines = useSignal<readonly LogLine[]>([]);
  const link = useSignal<LinkState>("connecting");
  useEffect(
    () =>
      follow(`/nodes/${encodeURIComponent(node)}/logs/stream`, {
        message({ event, data }) {
          if (event === "line") lines.value = [...lines.value, JSON.parse(data) as LogLine].slice(-MAX_LINES);
          return false;
        },
        state(state) {
          // Whoever comes back is told the last lines again.
          if (state === "open") lines.value = [];
          link.value = state;
        },
      }),
    [node],
  );
  return (
    <section aria-label={say("logs_of", node)}>
      <h3>
        {say("logs_of", node)} <LinkBadge state={link.value} />
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre class="log" tabIndex={0}>
        {lines.value.map(lineText).join("\n")}
      </pre>
    </section>
  );
}

function lineText({ time_ms: atMs, level, msg, fields }: LogLine): string {
  const more = fields === undefined ? "" : ` ${JSON.stringify(fields)}`;
  return `${timeText(atMs)} ${level} ${msg}${more}`;
}
