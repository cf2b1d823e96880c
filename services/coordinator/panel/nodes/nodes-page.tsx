/** All workers, whatever they work for, and where Logburst runs in a cluster its Pods: also those that never came up. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { NodeStatus } from "../../../../libs/protocol/node.ts";
import { listNodes } from "../api/calls.ts";
import { listPods } from "../api/system-calls.ts";
import { shownNowMs } from "../clock.ts";
import { useAsked } from "../frame/asked.ts";
import { decimalText, latencyText, NOTHING, spanText } from "../frame/figures.ts";
import { hashOf } from "../frame/route.ts";
import { Table } from "../frame/table.tsx";
import { Trouble } from "../frame/trouble.tsx";
import { Unfold } from "../frame/unfold.tsx";
import { NodeLog } from "../run/node-log.tsx";
import { State } from "../run/nodes.tsx";
import { say } from "../words/words.ts";
import { Pods } from "./pods.tsx";

const POLL_MS = 2000;
/** A cluster is asked less often than ourselves. */
const PODS_POLL_MS = 5000;

export function NodesPage() {
  const nodes = useAsked("nodes", POLL_MS, listNodes);
  const pods = useAsked("pods", PODS_POLL_MS, listPods);
  useEffect(() => {
    document.title = `${say("nodes")} · Logburst`;
  });
  return (
    <main id="content">
      <h1>{say("nodes")}</h1>
      {nodes.error.value !== undefined && <Trouble error={nodes.error.value} />}
      {nodes.found.value ? (
        <Workers nodes={nodes.found.value.nodes} />
      ) : (
        nodes.error.value === undefined && <p class="loading">{say("loading")}</p>
      )}
      {pods.error.value !== undefined && <Trouble error={pods.error.value} />}
      {pods.found.value && <Pods pods={pods.found.value} />}
      {pods.found.value === null && <p class="muted">{say("no_cluster")}</p>}
    </main>
  );
}

/** What a worker tells of itself, by its name there. */
const told = (name: string) => (node: NodeStatus) => node.performance_metrics[name];

function Workers({ nodes }: { nodes: readonly NodeStatus[] }) {
  const looked = useSignal<string | undefined>(undefined);
  return (
    <section id="workers" aria-labelledby="workers-title">
      <h2 id="workers-title">{say("workers")}</h2>
      <Table
        label={say("workers")}
        columns={[
          { key: "node", head: say("node"), by: ({ node_id }: NodeStatus) => node_id, cell: NodeName },
          {
            key: "state",
            head: say("state"),
            kind: "text",
            by: ({ status }) => status,
            cell: ({ status }) => <State state={status} />,
          },
          { key: "runs", head: say("runs"), kind: "text", cell: Tasks },
          {
            key: "slots",
            head: say("slots"),
            by: told("slots_busy"),
            cell: (node) => `${told("slots_busy")(node) ?? NOTHING} / ${told("slots")(node) ?? NOTHING}`,
          },
          {
            key: "cpu",
            head: say("cpu_cores"),
            by: told("cpu_cores"),
            cell: (node) =>
              `${decimalText(told("cpu_cores")(node), 2)} / ${node.capabilities.resources.cpu_cores}`,
          },
          {
            key: "loop",
            head: say("loop_delay"),
            by: told("loop_delay_p99_ms"),
            cell: (node) => latencyText(told("loop_delay_p99_ms")(node)),
          },
          { key: "heard", head: say("heard"), cell: ({ last_heartbeat: at }) => agoText(at) },
          {
            key: "logs",
            head: say("logs"),
            cell: ({ node_id: id }) => (
              <Unfold looked={looked} id={id} label={say("logs_of", id)}>
                {say("logs")}
              </Unfold>
            ),
          },
        ]}
        rows={nodes}
        keyOf={({ node_id: id }) => id}
        empty={say("no_workers")}
      />
      {looked.value !== undefined && <NodeLog key={looked.value} node={looked.value} />}
    </section>
  );
}

function NodeName({ node_id: id }: NodeStatus) {
  return id;
}

function Tasks({ assigned_tasks: runs }: NodeStatus) {
  if (runs.length === 0) return <>{NOTHING}</>;
  return (
    <>
      {runs.map((id) => (
        <div key={id}>
          <a href={hashOf({ page: "run", id, query: undefined })}>{id}</a>
        </div>
      ))}
    </>
  );
}

function agoText(time: string): string {
  return say("ago", spanText(shownNowMs.value - Date.parse(time)));
}
