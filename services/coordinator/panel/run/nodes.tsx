/** The workers of a run: as they are now, or, when it is over, the worst that was seen of each. */

import { useSignal } from "@preact/signals";
import { bytes } from "../../../../libs/report/words.ts";
import { countText, decimalText, latencyText, NOTHING } from "../frame/figures.ts";
import { Table } from "../frame/table.tsx";
import { Unfold } from "../frame/unfold.tsx";
import { say, sayName } from "../words/words.ts";
import { NodeLog } from "./node-log.tsx";
import type { NodeRow } from "./view.ts";

const BYTES_PER_MB = 1_000_000;

export function Nodes({ rows, isOver }: { rows: readonly NodeRow[]; isOver: boolean }) {
  const looked = useSignal<string | undefined>(undefined);
  return (
    <section id="nodes" aria-labelledby="nodes-title">
      <h2 id="nodes-title">{say("nodes")}</h2>
      <Table
        label={say("nodes")}
        columns={[
          { key: "node", head: say("node"), by: ({ id }: NodeRow) => id, cell: ({ id }) => id },
          {
            key: "state",
            head: say("state"),
            kind: "text",
            by: ({ state }) => state,
            cell: ({ state }) => <State state={state} />,
          },
          ...(isOver ? [] : placeColumns()),
          sliceColumn(),
          {
            key: "cpu",
            head: say("cpu_cores"),
            by: ({ cpuCores }) => cpuCores,
            cell: ({ cpuCores }) => decimalText(cpuCores, 2),
          },
          {
            key: "memory",
            head: say("memory"),
            by: ({ rssMb }) => rssMb,
            cell: ({ rssMb }) => memoryText(rssMb),
          },
          {
            key: "loop",
            head: say("loop_delay"),
            by: ({ loopDelayMs }) => loopDelayMs,
            cell: ({ loopDelayMs }) => latencyText(loopDelayMs),
          },
          {
            key: "lag",
            head: say("lag"),
            by: ({ lagMs }) => lagMs,
            cell: ({ lagMs }) => latencyText(lagMs),
          },
          ...(isOver ? [] : [offsetColumn()]),
          {
            key: "clock",
            head: say("clock_error"),
            by: ({ clockErrorMs }) => clockErrorMs,
            cell: ({ clockErrorMs }) => latencyText(clockErrorMs),
          },
          {
            key: "logs",
            head: say("logs"),
            cell: ({ id }) => (
              <Unfold looked={looked} id={id} label={say("logs_of", id)}>
                {say("logs")}
              </Unfold>
            ),
          },
        ]}
        rows={rows}
        keyOf={({ id }) => id}
        nameOf={({ id, state }) => `${id} ${state}`}
        empty={say("no_nodes")}
      />
      {looked.value !== undefined && <NodeLog key={looked.value} node={looked.value} />}
      {isOver && rows.length > 0 && <p class="muted">{say("nodes_worst")}</p>}
    </section>
  );
}

function placeColumns() {
  return [
    {
      key: "slots",
      head: say("slots"),
      by: ({ slotsBusy }: NodeRow) => slotsBusy,
      cell: ({ slotsBusy, slots }: NodeRow) => `${countText(slotsBusy)} / ${countText(slots)}`,
    },
    {
      key: "flight",
      head: say("in_flight"),
      by: ({ inFlight }: NodeRow) => inFlight,
      cell: ({ inFlight }: NodeRow) => countText(inFlight),
    },
  ];
}

function offsetColumn() {
  return {
    key: "offset",
    head: say("clock_offset"),
    by: ({ clockOffsetMs }: NodeRow) => clockOffsetMs,
    cell: ({ clockOffsetMs }: NodeRow) =>
      clockOffsetMs === undefined ? NOTHING : `${decimalText(clockOffsetMs, 2)} ms`,
  };
}

function sliceColumn() {
  return {
    key: "slices",
    head: say("slices"),
    by: ({ slices }: NodeRow) => slices,
    cell: ({ slices }: NodeRow) => countText(slices),
  };
}

export function State({ state }: { state: string }) {
  const isBad = state === "lost" || state === "failed" || state === "offline";
  const name = state === "lost" ? say("node_lost_state") : sayName("node_", state);
  return <span class={isBad ? "bad" : undefined}>{name}</span>;
}

function memoryText(megabytes: number | undefined): string {
  return megabytes === undefined ? NOTHING : bytes(megabytes * BYTES_PER_MB);
}
