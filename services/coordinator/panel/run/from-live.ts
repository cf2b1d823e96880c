/** A live run's figures as its page shows them. Pure. */

import type { Live } from "../../../../libs/protocol/live.ts";
import type { Figures } from "./view.ts";

export function figuresOfLive(live: Live): Figures {
  const [window] = live.windows;
  const isFilled = window !== undefined && window.to_s > window.from_s;
  return {
    headline: {
      plannedPerS: isFilled ? live.offered_per_s : undefined,
      sentPerS: isFilled ? window.completed_per_s : undefined,
      okPerS: isFilled ? window.completed_per_s * (1 - window.error_rate) : undefined,
      inFlight: live.in_flight,
      p95Ms: window?.service_ms?.p95,
      errorShare: isFilled && window.completed_per_s > 0 ? window.error_rate : undefined,
      workers: live.workers,
    },
    ledger: live.ledger,
    queries: live.queries.map(({ name, category, ledger, response_ms }) => ({
      name,
      category,
      ledger,
      responseMs: response_ms
        ? { ...response_ms, count: ledger.ok }
        : { p50: null, p95: null, p99: null, max: null, count: 0 },
    })),
    errors: live.errors.map(({ query, class: kind, detail, count, first_ms, last_ms }) => {
      return { query, class: kind, detail, count, firstMs: first_ms, lastMs: last_ms, samples: [] };
    }),
    thresholds: live.thresholds,
    settledS: window?.to_s ?? 0,
  };
}
