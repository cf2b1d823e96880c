/** One attempt at a slice: what its three kinds have in common. Sends queries, counts them, and is over when all have ended. */

import type { Arrival, DrawContext } from "../../../libs/load/draw.ts";
import { occurrenceAt, phaseOf, queryAt, scheduledIndex } from "../../../libs/load/mix.ts";
import type { Plan } from "../../../libs/load/plan.ts";
import type { WorkSlice } from "../../../libs/protocol/slice.ts";
import { type SentQuery, Tally } from "../../../libs/stats/tally.ts";
import type { FreezeWatch } from "../health/freeze-watch.ts";
import type { LagMeter } from "../health/lag-meter.ts";
import type { OpenedRun } from "../slices/opened-run.ts";
import { type Ended, Flight } from "./flight.ts";
import type { FollowUps } from "./follow-ups.ts";
import type { Pacer } from "./pacer.ts";
import type { Places } from "./places.ts";

/** What attempts share within a worker. */
export interface Workplace {
  readonly pacer: Pacer;
  readonly followUps: FollowUps;
  readonly freezes: FreezeWatch;
  /** The reference clock. */
  readonly now: () => number;
  /** What it is ahead of this machine's. */
  readonly offsetMs: () => number;
  /** How late queries are sent. */
  readonly lags: LagMeter;
  /** Queries in flight over all slices. */
  readonly places: Places;
  /** Sees every query that was sent, after it has ended; the object is valid during the call alone. */
  readonly observe: ((run: OpenedRun, sent: SentQuery) => void) | undefined;
}

/** What became of an attempt. Times are milliseconds of the run. */
export interface AttemptOutcome {
  readonly tally: Tally;
  readonly startedMs: number;
  readonly endedMs: number;
  /** The lane's next arrival index. */
  readonly next: number;
  readonly drivenUserMs: number;
}

export interface Attempt {
  /** Settles once, when every query of the slice has ended, or at once when it was withdrawn. */
  readonly finished: Promise<AttemptOutcome | "withdrawn">;
  /** Whether anything was sent, or all is over: what has not begun can be given back. */
  hasBegun(): boolean;
  /** Sends nothing more; what is in flight may end. The rest is cancelled. */
  stop(): void;
  /** The slice may belong to another worker by now: sends nothing more, and leaves the rest to it. */
  abandon(): void;
  /** Ends the attempt without an outcome; only before it has begun. */
  withdraw(): void;
  /** The run was changed: goes on as it is planned now. Only where a slice is what its users make of it. */
  replan?(run: OpenedRun): void;
}

/** The sending side of an attempt. */
export interface Sender {
  readonly tally: Tally;
  readonly startedMs: number;
  /** Milliseconds of the run, now. */
  runNow(): number;
  inFlight(): number;
  /** From here on queries are of another plan of the same run. */
  replan(plan: Plan): void;
  /** The query of an arrival index of the lane. */
  queryOf(index: number): number;
  /**
   * Sends the query of an arrival index. It must have been planned in the tally.
   * @param atMs when it was due, or what the time is where nothing is intended
   */
  send(index: number, atMs: number, ended: Ended): void;
}

/** A sender for one attempt at a slice. */
export function createSender(place: Workplace, run: OpenedRun, slice: WorkSlice): Sender {
  const { plan } = run;
  const tally = new Tally(plan.queries);
  let { mix } = plan;
  let phase = phaseOf(mix, slice.lane, plan.lanes);
  const context: DrawContext = { seed: plan.seed, lanes: plan.lanes, t0Ms: slice.t0_ms };
  const isIntended = slice.kind === "open";
  /** What has served its query and can serve another. */
  const idle: Flight[] = [];
  const runNow = () => place.now() - slice.t0_ms;
  let inFlight = 0;

  function send(index: number, atMs: number, ended: Ended): void {
    const query = queryAt(mix, phase, index);
    const occurrence = occurrenceAt(mix, phase, index);
    const arrival: Arrival = { lane: slice.lane, index: scheduledIndex(mix, index), occurrence, atMs };
    const prepared = run.queries[query]?.prepare(context, arrival);
    if (!prepared) throw new Error(`query ${query} is not in the run`);
    if (isIntended) place.lags.record(runNow() - atMs);
    inFlight++;
    place.places.take();
    const flight = idle.pop() ?? new Flight(land, tally);
    // The engine's times are on this machine's clock; the run's are on the reference clock, from its start.
    const toRunMs = place.offsetMs() - slice.t0_ms;
    flight.begin(query, isIntended ? atMs : undefined, toRunMs, prepared, ended);
    const { session } = run;
    if (prepared.isStream && session.subscribe) session.subscribe(prepared, flight.delivered, flight.done);
    else session.run(prepared, flight.done);
  }

  function land(flight: Flight, localMs: number): void {
    // An answer may be the first thing that a process sees after it was frozen: what follows from it must not be sent.
    place.freezes.check(localMs);
    inFlight--;
    place.places.free(flight.doneMs - flight.sentMs);
    tally.sent(flight);
    place.observe?.(run, flight);
    const { ended, doneMs } = flight;
    idle.push(flight);
    ended(doneMs);
  }

  return {
    tally,
    startedMs: runNow(),
    runNow,
    inFlight: () => inFlight,
    replan(next) {
      mix = next.mix;
      phase = phaseOf(mix, slice.lane, next.lanes);
    },
    queryOf: (index) => queryAt(mix, phase, index),
    send,
  };
}

/** A promise with its resolve at hand. */
export function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
