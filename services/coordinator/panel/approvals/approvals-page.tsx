/** Runs that wait for somebody's word, and why. */

import { useEffect } from "preact/hooks";
import type { RunRecord } from "../../../../libs/protocol/run.ts";
import { listRuns } from "../api/calls.ts";
import { shownNowMs } from "../clock.ts";
import { useAsked } from "../frame/asked.ts";
import { spanText } from "../frame/figures.ts";
import { hashOf } from "../frame/route.ts";
import { Trouble } from "../frame/trouble.tsx";
import { Controls } from "../run/controls.tsx";
import { loadText } from "../runs/load-text.tsx";
import { say } from "../words/words.ts";

const POLL_MS = 2000;
const MOST = 100;

export function ApprovalsPage() {
  const { found, error, after } = useAsked("approvals", POLL_MS, () =>
    listRuns({ phase: "awaiting_approval", limit: MOST }),
  );
  useEffect(() => {
    document.title = `${say("approvals")} · Logburst`;
  });
  const runs = found.value?.runs;
  return (
    <main id="content">
      <h1>{say("approvals")}</h1>
      {error.value !== undefined && <Trouble error={error.value} />}
      {runs?.length === 0 && <p class="empty">{say("no_approvals")}</p>}
      {runs?.map((record) => (
        <Waiting key={record.id} record={record} onDone={() => void after(Promise.resolve())} />
      ))}
    </main>
  );
}

function Waiting({ record, onDone }: { record: RunRecord; onDone: () => void }) {
  const { id, name, created_by: by, approval, production, demand } = record;
  return (
    <section class="waiting" data-run={id}>
      <h2>
        <a href={hashOf({ page: "run", id, query: undefined })}>{name}</a> <small>{id}</small>
      </h2>
      <p>
        {[demand?.target, loadText(record), by && say("asked_by", by), production && say("in_use")]
          .filter(Boolean)
          .join(" · ")}
      </p>
      <ul class="why">
        {approval?.reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
      {approval && (
        <p class="muted">
          {say("approval_until", spanText(Math.max(0, approval.until_ms - shownNowMs.value)))}
        </p>
      )}
      <Controls record={record} onDone={onDone} />
    </section>
  );
}
