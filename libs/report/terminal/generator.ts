/** How the generator did, for a terminal: what speaks against its figures, and its workers. */

import type { Report } from "../../protocol/report.ts";
import { count, milliseconds, printable } from "../words.ts";
import { shown } from "./figures.ts";
import { labelled, separated } from "./flow.ts";
import { type Cell, type Column, fittedTable } from "./table.ts";
import type { Palette, Terminal } from "./terminal.ts";
import { markOf } from "./thresholds.ts";
import { cut } from "./width.ts";

type Node = Report["nodes"][number];

const LONGEST_NAME = 48;
/** Of a large fleet those are shown that were lost, and those that were slowest. */
const SHOWN_NODES = 12;

export function generatorSection(report: Report, terminal: Terminal): string[] {
  const { nodes, generator_faults: faults, slices, muster } = report;
  const { palette } = terminal;
  const isWell = faults.length === 0;
  const word = isWell ? "kept up:" : "in doubt:";
  const lost = nodes.filter(({ state }) => state === "lost").length;
  const most = (figure: (node: Node) => number) =>
    nodes.reduce((max, node) => Math.max(max, figure(node)), 0);
  const health = [
    `${count(nodes.length)} workers${lost > 0 ? `, ${count(lost)} lost` : ""}`,
    ...(muster ? [`ready in ${milliseconds(muster.duration_ms)}`] : []),
    `loop delay p99 up to ${milliseconds(most((node) => node.loop_delay_p99_ms_max))}`,
    `CPU up to ${most((node) => node.cpu_cores_max).toFixed(2)} cores`,
    `clock error up to ${milliseconds(most((node) => node.clock_error_ms_max))}`,
    `${count(slices.redelivered)} of ${count(slices.settled)} slices redelivered`,
  ];
  const kept = mostTelling(nodes);
  const more = nodes.length - kept.length;
  return [
    ...labelled(
      "generator",
      [`${markOf(isWell ? "passed" : "failed", palette)} ${word}`, ...separated(health)],
      terminal,
    ),
    "",
    ...fittedTable(COLUMNS, kept.map(rowOf(palette)), terminal),
    ...(more > 0 ? [palette.dim(`and ${count(more)} more workers, in the report`)] : []),
  ];
}

function mostTelling(nodes: readonly Node[]): readonly Node[] {
  if (nodes.length <= SHOWN_NODES) return nodes;
  const weight = ({ state, loop_delay_p99_ms_max: delayMs }: Node) =>
    state === "lost" ? Number.POSITIVE_INFINITY : delayMs;
  const kept = new Set([...nodes].sort((a, b) => compared(weight(b), weight(a))).slice(0, SHOWN_NODES));
  return nodes.filter((node) => kept.has(node));
}

/** Two infinities are equal; their difference is no number. */
function compared(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

const COLUMNS: readonly Column[] = [
  { head: "worker", isText: true, least: 12 },
  { head: "state", isText: true },
  { head: "slices", leaves: 4 },
  { head: "redelivered", leaves: 6 },
  { head: "ok" },
  { head: "failed" },
  { head: "p95", leaves: 3 },
  { head: "loop delay", leaves: 1 },
  { head: "cpu", leaves: 2 },
  { head: "memory", leaves: 5 },
];

function rowOf({ bad }: Palette) {
  return (node: Node): Cell[] => [
    cut(printable(node.node_id), LONGEST_NAME),
    node.state === "lost" ? { text: node.state, paint: bad } : node.state,
    count(node.slices),
    count(node.slices_redelivered),
    count(node.ledger.ok),
    count(node.ledger.failed + node.ledger.timed_out),
    shown(node.service_ms, "p95"),
    milliseconds(node.loop_delay_p99_ms_max),
    node.cpu_cores_max.toFixed(2),
    `${node.rss_mb_max.toFixed(0)} MB`,
  ];
}
