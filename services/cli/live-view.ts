/** Shows a live run: a few lines that renew themselves on a terminal, plain lines anywhere else. */

import { createLogUpdate } from "log-update";
import type { Live } from "../../libs/protocol/live.ts";
import type { RunRecord } from "../../libs/protocol/run.ts";
import { liveServerWords } from "../../libs/report/server.ts";
import { count, durationText, milliseconds, percent, printable, rate } from "../../libs/report/words.ts";

export interface LiveView {
  record(record: RunRecord): void;
  live(live: Live): void;
  /** A line of its own, above what renews itself. */
  note(text: string): void;
  close(): void;
}

const BAR_WIDTH = 24;
/** Off a terminal a line comes so often, and on every change of phase. */
const LINE_EVERY_S = 5;
const SHOWN_SERVERS = 3;

/** @param out where it is shown: stderr, so that stdout stays free for results */
export function createLiveView(out: NodeJS.WriteStream, quiet: boolean): LiveView {
  if (quiet) return { record() {}, live() {}, note() {}, close() {} };
  return out.isTTY ? blockView(out) : lineView(out);
}

function blockView(out: NodeJS.WriteStream): LiveView {
  const update = createLogUpdate(out);
  let record: RunRecord | undefined;
  let last = "";
  const show = (text: string) => {
    last = text;
    update(text);
  };
  return {
    record(next) {
      if (next.phase !== record?.phase && next.phase === "mustering") show(musterLine(next));
      record = next;
    },
    live: (live) => show(blockOf(live, record).join("\n")),
    note(text) {
      update.clear();
      out.write(`${text}\n`);
      update(last);
    },
    close: () => update.done(),
  };
}

function lineView(out: NodeJS.WriteStream): LiveView {
  let phase = "";
  let shownS = Number.NEGATIVE_INFINITY;
  return {
    record(record) {
      if (record.phase === phase) return;
      phase = record.phase;
      out.write(`${phase === "mustering" ? musterLine(record) : `${record.id}: ${phase}`}\n`);
    },
    live(live) {
      const elapsedS = live.elapsed_ms / 1000;
      if (live.phase === "mustering" || elapsedS - shownS < LINE_EVERY_S) return;
      shownS = elapsedS;
      out.write(`${lineOf(live)}\n`);
    },
    note: (text) => out.write(`${text}\n`),
    close() {},
  };
}

function musterLine({ id, slots_needed: slots }: RunRecord): string {
  return `${id}: mustering, waiting for workers to hold ${count(slots)} slots`;
}

function progressOf({ elapsed_ms: elapsedMs, duration_ms: durationMs, ledger }: Live): number | undefined {
  if (durationMs !== undefined) return Math.min(1, elapsedMs / durationMs);
  const done = ledger.ok + ledger.failed + ledger.timed_out + ledger.missed + ledger.lost + ledger.cancelled;
  return ledger.planned > 0 ? done / ledger.planned : undefined;
}

/** The block on a terminal. */
export function blockOf(live: Live, record: RunRecord | undefined): string[] {
  const { ledger } = live;
  const progress = progressOf(live);
  const filled = Math.round((progress ?? 0) * BAR_WIDTH);
  const bar = `[${"█".repeat(filled)}${"░".repeat(BAR_WIDTH - filled)}]`;
  const [shortest] = live.windows;
  const total = live.duration_ms === undefined ? "" : ` / ${durationText(live.duration_ms)}`;
  return [
    `${record?.id ?? live.run}  ${live.phase}  ${bar} ${progress === undefined ? "" : percent(progress, 0)}  ${durationText(live.elapsed_ms)}${total}`,
    `  offered ${rate(live.offered_per_s)}  completed ${rate(shortest?.completed_per_s ?? 0)}  in flight ${count(live.in_flight)}  p95 ${milliseconds(shortest?.service_ms?.p95)}`,
    `  ok ${count(ledger.ok)}  failed ${count(ledger.failed)}  timed out ${count(ledger.timed_out)}  missed ${count(ledger.missed)}  lost ${count(ledger.lost)}  errors ${percent(shortest?.error_rate ?? 0, 1)}`,
    `  workers ${count(live.workers)}  slices ${count(live.slices_settled)} settled, ${count(live.slices_redelivered)} redelivered  window ${shortest?.slices_settled ?? 0} of ${shortest?.slices_expected ?? 0} slices`,
    ...live.servers.slice(0, SHOWN_SERVERS).map((server) => `  server  ${liveServerWords(server)}`),
    ...live.thresholds.map(({ name, state, found }) => `  ${state}  ${printable(name)}: ${found}`),
  ];
}

/** The same as one line. */
export function lineOf(live: Live): string {
  const progress = progressOf(live);
  const [shortest] = live.windows;
  const { ledger } = live;
  const bad = ledger.failed + ledger.timed_out;
  return [
    `${progress === undefined ? "" : `${percent(progress, 0)}  `}${durationText(live.elapsed_ms)}`,
    `completed ${rate(shortest?.completed_per_s ?? 0)}`,
    `in flight ${count(live.in_flight)}`,
    `ok ${count(ledger.ok)}`,
    `errors ${count(bad)}`,
    `p95 ${milliseconds(shortest?.service_ms?.p95)}`,
    `workers ${count(live.workers)}`,
    `slices ${count(live.slices_settled)}`,
    ...live.servers.slice(0, 1).map((server) => `server ${liveServerWords(server)}`),
    ...thresholdWords(live),
  ].join("  ");
}

function thresholdWords({ thresholds }: Live): string[] {
  if (thresholds.length === 0) return [];
  const failed = thresholds.filter(({ state }) => state === "failed").length;
  return [failed === 0 ? "thresholds hold" : `thresholds ${failed} of ${thresholds.length} failed`];
}
