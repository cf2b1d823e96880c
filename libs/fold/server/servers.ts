/** The servers of a run's target as its log tells of them: their samples as spans, bounded in number, and what could not be read. */

import { z } from "zod";
import type { ServerEntry } from "../../protocol/result.ts";
import { ServerIdentity, type ServerSample, ServerValues } from "../../protocol/server.ts";
import { halved, isRestarted, joined, Span, spanOf } from "./spans.ts";

/** Spans that are kept of a server: twenty minutes of samples as they came, and a week in stretches of some minutes. */
export const MAX_SPANS = 600;
/** The times of a run lie between these: a sample beyond them is a fault. */
const FIRST_MS = -3_600_000;
const LAST_MS = 30 * 86_400_000;

const ServerState = z.object({
  identity: ServerIdentity.optional(),
  last: z.object({ atMs: z.number(), values: ServerValues }).optional(),
  samples: z.number(),
  failed: z.number(),
  failure: z.string().optional(),
  restarts: z.number(),
  /** How many spans as they come make one that is kept. */
  every: z.number(),
  /** Spans as they come that are not one yet. */
  recent: z.array(Span),
  spans: z.array(Span),
});
export type ServerState = z.infer<typeof ServerState>;

export const ServersSnapshot = z.array(ServerState);
export type ServersSnapshot = z.infer<typeof ServersSnapshot>;

export interface Servers {
  readonly urls: readonly string[];
  add(entry: ServerEntry): void;
  /** Each server's spans in their order, the newest one last. */
  states(): readonly ServerState[];
  toSnapshot(): ServersSnapshot;
}

/** @param urls the pages of the target's servers */
export function createServers(urls: readonly string[], snapshot?: ServersSnapshot): Servers {
  // A snapshot is its reader's: what goes on must not change it.
  const states = urls.map((_, server) => structuredClone(snapshot?.[server]) ?? newState());

  function add(sample: ServerSample): void {
    const state = states[sample.server];
    if (!state || sample.at_ms < FIRST_MS || sample.at_ms > LAST_MS) return;
    if (sample.failure !== undefined) {
      state.failed++;
      state.failure = sample.failure;
    }
    if (sample.identity) state.identity = sample.identity;
    if (sample.values) addMoment(state, sample.at_ms, sample.values);
  }

  return {
    urls,
    add(entry) {
      for (const sample of entry.samples) add(sample);
    },
    states: () => states,
    toSnapshot: () => states,
  };
}

function newState(): ServerState {
  return { samples: 0, failed: 0, restarts: 0, every: 1, recent: [], spans: [] };
}

/** A moment that is not behind the last one, as another leader's clock may have it, is passed over. */
function addMoment(state: ServerState, atMs: number, values: ServerValues): void {
  const { last } = state;
  if (last && atMs <= last.atMs) return;
  state.samples++;
  state.last = { atMs, values };
  if (!last) return;
  if (isRestarted(last.values, values)) state.restarts++;
  keepSpan(state, spanOf(last, { atMs, values }));
}

function keepSpan(state: ServerState, span: Span): void {
  state.recent.push(span);
  if (state.recent.length < state.every) return;
  state.spans.push(joined(state.recent));
  state.recent = [];
  if (state.spans.length <= MAX_SPANS) return;
  state.spans = halved(state.spans);
  state.every *= 2;
}

/** All spans of a server; those that are not one yet as they came. */
export function spansOf({ spans, recent }: ServerState): Span[] {
  return [...spans, ...recent];
}
