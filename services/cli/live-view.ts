/** Shows a live run: a few lines that renew themselves on a terminal, plain lines anywhere else. */

import { createLogUpdate } from "log-update";
import type { Live } from "../../libs/protocol/live.ts";
import type { RunRecord } from "../../libs/protocol/run.ts";
import { blockOf, lineOf, musterLine } from "./live-block.ts";
import { type ColorWishes, isLively, terminalFor } from "./terminal.ts";

export interface LiveView {
  record(record: RunRecord): void;
  live(live: Live): void;
  /** A line of its own, above what renews itself. */
  note(text: string): void;
  close(): void;
}

/** Off a terminal a line comes on every change of phase, and so often: seldom in a long run, whose log would be nothing else. */
const LINE_EVERY_S = [
  { untilS: 60, everyS: 5 },
  { untilS: 600, everyS: 15 },
  { untilS: Number.POSITIVE_INFINITY, everyS: 60 },
] as const;

/** @param out where it is shown: stderr, so that stdout stays free for results */
export function createLiveView(out: NodeJS.WriteStream, quiet: boolean, wishes: ColorWishes): LiveView {
  if (quiet) return { record() {}, live() {}, note() {}, close() {} };
  return isLively(out, wishes) ? blockView(out, wishes) : lineView(out);
}

/** What it ends with is one line: the summary says the rest. */
function blockView(out: NodeJS.WriteStream, wishes: ColorWishes): LiveView {
  const update = createLogUpdate(out);
  let record: RunRecord | undefined;
  let newest: Live | undefined;
  const show = () => {
    if (newest && newest.phase !== "mustering") {
      // One line less than there are: the cursor stands below the block.
      const lines = blockOf(newest, record, terminalFor(out, wishes)).slice(
        0,
        Math.max(1, (out.rows ?? 24) - 1),
      );
      update(lines.join("\n"));
    } else if (record?.phase === "mustering") update(musterLine(record, newest?.workers));
  };
  return {
    record(next) {
      if (next.id !== record?.id) newest = undefined;
      record = next;
      show();
    },
    live(live) {
      newest = live;
      show();
    },
    note(text) {
      update.clear();
      out.write(`${text}\n`);
      show();
    },
    close() {
      update.clear();
      update.done();
      if (record) out.write(`${record.id}: ${record.phase}${record.verdict ? `, ${record.verdict}` : ""}\n`);
    },
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
      const everyS = LINE_EVERY_S.find(({ untilS }) => elapsedS <= untilS)?.everyS ?? 0;
      // In a series the next run begins at nothing again.
      if (elapsedS < shownS) shownS = Number.NEGATIVE_INFINITY;
      if (live.phase === "mustering" || elapsedS - shownS < everyS) return;
      shownS = elapsedS;
      out.write(`${lineOf(live)}\n`);
    },
    note: (text) => out.write(`${text}\n`),
    close() {},
  };
}
