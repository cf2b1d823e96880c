/** A run that is over, as it stood at a second of it: out of its report. Pure. */

import type { LedgerLine } from "../../../../libs/protocol/ledger.ts";
import type { Report } from "../../../../libs/protocol/report.ts";
import type { TimelinePoint } from "../../../../libs/protocol/timeline.ts";
import { figuresOfReport } from "./from-report.ts";
import { errorShareOf, type Figures, STATES } from "./view.ts";

/** As the tiles of a live run are of the last ten seconds. */
const HEADLINE_S = 10;

export function lengthS({ duration_ms: durationMs }: Report): number {
  return Math.ceil(durationMs / 1000);
}

/** The books are those of the points up to there; what has no time in the report stays as it was in the end. */
export function figuresAt(report: Report, atS: number): Figures {
  const over = figuresOfReport(report);
  const stepS = report.timeline_step_s;
  const until = report.timeline.filter(({ second }) => second + stepS <= atS);
  const latest = until.filter(({ second }) => second >= atS - Math.max(HEADLINE_S, stepS));
  const seconds = Math.max(1, latest.length * stepS);
  const recent = lineOf(latest);
  const sent = recent.ok + recent.failed + recent.timed_out;
  return {
    ...over,
    headline: {
      plannedPerS: (recent.planned - recent.cancelled) / seconds,
      sentPerS: sent / seconds,
      okPerS: recent.ok / seconds,
      inFlight: undefined,
      p95Ms: latest.at(-1)?.response_ms.p95 ?? undefined,
      errorShare: errorShareOf(recent),
      workers: over.headline.workers,
    },
    ledger: { ...lineOf(until), planned: report.ledger.planned },
    errors: over.errors.filter(({ firstMs }) => firstMs <= atS * 1000),
    settledS: atS,
  };
}

function lineOf(points: readonly TimelinePoint[]): LedgerLine {
  const sum = (of: (point: TimelinePoint) => number) => points.reduce((total, point) => total + of(point), 0);
  const states = STATES.map((state) => [state, sum((point) => point[state])] as const);
  return {
    planned: sum(({ planned }) => planned),
    superseded: 0,
    ...Object.fromEntries(states),
  } as LedgerLine;
}
