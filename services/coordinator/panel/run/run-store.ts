/** One run as the panel knows it: its record, its events, its figures as they come, and its report when it is over. */

import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Live } from "../../../../libs/protocol/live.ts";
import type { NodeStatus } from "../../../../libs/protocol/node.ts";
import type { Report } from "../../../../libs/protocol/report.ts";
import type { Phase, RunEvent, RunRecord } from "../../../../libs/protocol/run.ts";
import type { LiveTimeline } from "../../../../libs/protocol/timeline.ts";
import { getReport, getRun, listNodes, runStreamPath } from "../api/calls.ts";
import { Refused } from "../api/client.ts";
import { coalesced, poll } from "../api/polling.ts";
import type { SseMessage } from "../api/sse-parser.ts";
import { follow, type LinkState } from "../api/stream.ts";
import { type Book, bookOf, EMPTY_BOOK, withTimeline } from "../charts/points.ts";
import { nowMs } from "../clock.ts";
import { figuresOfLive } from "./from-live.ts";
import { nodesOf } from "./from-nodes.ts";
import { figuresOfReport, nodesOfReport, timelineOf } from "./from-report.ts";
import { type Happening, happeningsIn, happeningsOf, MAX_HAPPENINGS } from "./happenings.ts";
import { figuresAt } from "./replay.ts";
import type { Figures, NodeRow } from "./view.ts";

/** How old the state of nodes, and the run's record, may look. */
const POLL_MS = 2000;

/** Figures, and when this page heard them. */
interface Heard {
  readonly live: Live;
  readonly atMs: number;
}

export interface RunStore {
  /** Undefined until the first answer. */
  readonly record: ReadonlySignal<RunRecord | undefined>;
  readonly error: ReadonlySignal<unknown>;
  readonly link: ReadonlySignal<LinkState>;
  readonly heard: ReadonlySignal<Heard | undefined>;
  /** `null` where the run is over and has none. */
  readonly report: ReadonlySignal<Report | null | undefined>;
  readonly figures: ReadonlySignal<Figures | undefined>;
  /** The second of a run that is over which is shown; undefined while all of it is. */
  readonly replayS: Signal<number | undefined>;
  readonly nodes: ReadonlySignal<readonly NodeRow[]>;
  readonly happenings: ReadonlySignal<readonly Happening[]>;
  readonly book: ReadonlySignal<Book>;
  /** What an action answered. */
  take(record: RunRecord): void;
  close(): void;
}

export function openRun(id: string): RunStore {
  const record = signal<RunRecord | undefined>(undefined);
  const error = signal<unknown>(undefined);
  const link = signal<LinkState>("connecting");
  const heard = signal<Heard | undefined>(undefined);
  const report = signal<Report | null | undefined>(undefined);
  const events = signal<readonly RunEvent[]>([]);
  const book = signal<Book>(EMPTY_BOOK);
  const replayS = signal<number | undefined>(undefined);
  const statuses = signal<readonly NodeStatus[]>([]);

  function hear({ event, data }: SseMessage): boolean {
    if (event === "timeline") takeTimeline(JSON.parse(data) as LiveTimeline);
    else if (event === "live") takeLive(JSON.parse(data) as Live);
    else if (event === "event") {
      events.value = [...events.value, JSON.parse(data) as RunEvent].slice(-MAX_HAPPENINGS);
      refreshSoon();
    } else if (event === "end") record.value = JSON.parse(data) as RunRecord;
    return event === "end";
  }

  function takeLive(live: Live): void {
    batch(() => {
      heard.value = { live, atMs: nowMs() };
      if (live.timeline) takeTimeline(live.timeline);
    });
  }

  function takeTimeline(timeline: LiveTimeline): void {
    book.value = withTimeline(book.value, timeline);
  }

  /** Events come in hundreds at a time. */
  const refreshSoon = coalesced(refreshRecord);

  async function refreshRecord(): Promise<void> {
    try {
      const found = await getRun(id);
      batch(() => {
        record.value = found;
        error.value = undefined;
      });
    } catch (trouble) {
      error.value = trouble;
    }
  }

  async function readReport(): Promise<void> {
    try {
      const found = await getReport(id);
      batch(() => {
        report.value = found;
        book.value = bookOf(timelineOf(found));
      });
    } catch (trouble) {
      if (trouble instanceof Refused && (trouble.status === 404 || trouble.status === 409))
        report.value = null;
      else error.value = trouble;
    }
  }

  const stopPolling = poll(POLL_MS, async () => {
    if (record.value && isOver(record.value.phase))
      return report.value === undefined ? readReport() : undefined;
    await refreshRecord();
    statuses.value = (await listNodes()).nodes;
  });
  const stopStream = follow(runStreamPath(id), {
    message: hear,
    state(state) {
      link.value = state;
      if (state === "over") void refreshRecord().then(readReport);
    },
  });

  return {
    record,
    error,
    link,
    heard,
    report,
    book,
    replayS,
    figures: computed(() => {
      if (report.value && replayS.value !== undefined) return figuresAt(report.value, replayS.value);
      if (report.value) return figuresOfReport(report.value);
      return heard.value && figuresOfLive(heard.value.live);
    }),
    nodes: computed(() => (report.value ? nodesOfReport(report.value) : nodesOf(statuses.value, id))),
    happenings: computed(() => {
      const all =
        events.value.length === 0 && report.value
          ? happeningsIn(report.value)
          : happeningsOf(events.value, record.value?.t0_ms);
      const untilMs = (replayS.value ?? Number.POSITIVE_INFINITY) * 1000;
      return all.filter(({ runMs }) => (runMs ?? 0) <= untilMs);
    }),
    take: (taken) => {
      record.value = taken;
    },
    close() {
      stopPolling();
      stopStream();
    },
  };
}

const FINAL: readonly Phase[] = ["completed", "stopped", "aborted", "failed"];

export function isOver(phase: Phase): boolean {
  return FINAL.includes(phase);
}
