/** The list of runs, kept up to date while somebody looks, and the rates of those that are live. */

import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { Live } from "../../../../libs/protocol/live.ts";
import type { Phase, RunRecord } from "../../../../libs/protocol/run.ts";
import { listRuns, runStreamPath } from "../api/calls.ts";
import { poll } from "../api/polling.ts";
import { follow } from "../api/stream.ts";
import { withRate } from "./sparkline.ts";

/** How old a state may look. */
const POLL_MS = 2000;
const PAGE = 50;
/** Rows that a list grows to; who looks for older ones searches. */
const MAX_ROWS = 500;
/** A pause between two letters. */
const TYPING_MS = 200;
/** A browser opens six connections to a server at once, and questions need some too. */
const MAX_WATCHED = 3;

export interface RunsStore {
  /** Undefined until the first answer. */
  readonly runs: ReadonlySignal<readonly RunRecord[] | undefined>;
  readonly error: ReadonlySignal<unknown>;
  readonly hasMore: ReadonlySignal<boolean>;
  /** Completed queries per second of live runs, by run, the newest last. */
  readonly rates: ReadonlySignal<Readonly<Record<string, readonly number[]>>>;
  /** Looks for others; what is shown stays until they are there. */
  search(name: string, phase: Phase | undefined): void;
  showMore(): void;
  again(): void;
  close(): void;
}

export function openRuns(): RunsStore {
  const runs = signal<readonly RunRecord[] | undefined>(undefined);
  const error = signal<unknown>(undefined);
  const hasMore = signal(false);
  const rates = signal<Readonly<Record<string, readonly number[]>>>({});
  const watched = new Map<string, () => void>();
  let limit = PAGE;
  let wanted: { readonly name?: string; readonly phase?: Phase } | undefined;
  let typing: ReturnType<typeof setTimeout> | undefined;

  async function refresh(): Promise<void> {
    if (!wanted) return;
    const asked = wanted;
    try {
      const page = await listRuns({ limit, ...asked });
      // Another search was begun while this one was under way.
      if (asked !== wanted) return;
      batch(() => {
        runs.value = page.runs;
        hasMore.value = page.next_cursor !== undefined && limit < MAX_ROWS;
        error.value = undefined;
      });
      watch(page.runs);
    } catch (trouble) {
      error.value = trouble;
    }
  }

  function watch(listed: readonly RunRecord[]): void {
    const going = listed.filter(({ phase: at }) => at === "running" || at === "paused").slice(0, MAX_WATCHED);
    const ids = new Set(going.map(({ id }) => id));
    for (const [id, stop] of watched) {
      if (ids.has(id)) continue;
      stop();
      watched.delete(id);
    }
    for (const id of ids) if (!watched.has(id)) watched.set(id, listen(id));
  }

  function listen(id: string): () => void {
    return follow(runStreamPath(id), {
      message({ event, data }) {
        if (event === "live") {
          const [window] = (JSON.parse(data) as Live).windows;
          const last = rates.value[id] ?? [];
          if (window) rates.value = { ...rates.value, [id]: withRate(last, window.completed_per_s) };
        }
        return event === "end";
      },
      state: () => undefined,
    });
  }

  const stopPolling = poll(POLL_MS, refresh);
  return {
    runs,
    error,
    hasMore,
    rates,
    search(name, phase) {
      const isFirst = wanted === undefined;
      wanted = { ...(name && { name }), ...(phase && { phase }) };
      limit = PAGE;
      clearTimeout(typing);
      typing = setTimeout(() => void refresh(), isFirst ? 0 : TYPING_MS);
    },
    showMore() {
      limit = Math.min(MAX_ROWS, limit + PAGE);
      void refresh();
    },
    again: () => void refresh(),
    close() {
      stopPolling();
      clearTimeout(typing);
      for (const stop of watched.values()) stop();
    },
  };
}
