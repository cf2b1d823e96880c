/** The kinds of messages that a running fleet sends, each with a sample that is as long as a real one. */

import { WORKING_INTERVAL_MS } from "../../libs/bus/bus.ts";
import { sliceId } from "../../libs/protocol/ids.ts";
import type { Heartbeat } from "../../libs/protocol/node.ts";
import type { RanResult } from "../../libs/protocol/result.ts";
import type { Control } from "../../libs/protocol/run.ts";
import type { OpenSlice } from "../../libs/protocol/slice.ts";
import type { QueuedSlice } from "./queue.ts";
import { ACK_SUBJECT, INBOX, NAMES, STORED, type Traffic } from "./traffic.ts";

/** A worker's request for slices ends after so long, filled or not. */
const PULL_SECONDS = 5;
/** A worker measures the leader's clock so often. */
const CLOCK_SECONDS = 5;
const EPOCH_MS = 1_765_432_101_234.567;

const stored = () => ({ subject: INBOX, body: STORED });

/** A slice is appended, confirmed, and handed to a worker. */
export function countSlice(traffic: Traffic, run: string, { draft }: QueuedSlice): void {
  const { lane, window, startMs, endMs, first, count } = draft;
  const sample = () => {
    const body: OpenSlice = {
      v: 1,
      kind: "open",
      run,
      epoch: 1,
      revision: 1,
      published_ms: EPOCH_MS,
      lane,
      window,
      t0_ms: EPOCH_MS,
      start_ms: startMs,
      end_ms: endMs,
      first,
      count,
    };
    return {
      subject: `${NAMES.subjects.slice("default", run, lane, window)}${sliceId(run, lane, window)}`,
      body,
    };
  };
  traffic.count("slices, appended", sample);
  traffic.count("slices, confirmed", stored);
  traffic.count("slices, delivered", () => ({ ...sample(), subject: sample().subject + ACK_SUBJECT }));
}

/** A result is appended and confirmed, read by coordinator and aggregator, and its slice acknowledged. */
export function countResult(traffic: Traffic, body: RanResult): void {
  const sample = () => ({ subject: NAMES.subjects.result(body.run, body.lane), body });
  traffic.count("results, appended", sample);
  traffic.count("results, confirmed", stored);
  traffic.count("results, read (coordinator, aggregator)", sample, 2);
  traffic.count("acks", () => ({ subject: ACK_SUBJECT + INBOX, body: "+ACK" }));
  traffic.count("acks, confirmed", () => ({ subject: INBOX, body: "" }));
}

/** A heartbeat is heard by the coordinator and the aggregator. */
export function countHeartbeat(traffic: Traffic, body: Heartbeat): void {
  const sample = () => ({ subject: NAMES.subjects.heartbeat(body.node_id), body });
  traffic.count("heartbeats, sent", sample);
  traffic.count("heartbeats, heard (coordinator, aggregator)", sample, 2);
}

/** What each second brings besides: words on what is held, the leader's word, requests for slices, clocks. */
export function countSecond(traffic: Traffic, run: string, workers: number, held: number): void {
  const control: Control = {
    v: 1,
    run,
    epoch: 1,
    phase: "running",
    stop: false,
    fence_seq: 0,
    fleet: { workers: 10_000, loop_delay_p99_ms: 2.5, lag_p99_ms: 0.9 },
  };
  const word = () => ({ subject: NAMES.subjects.control(run), body: control });
  const perSecond = 1000 / WORKING_INTERVAL_MS;
  traffic.count("working (slices held)", () => ({ subject: ACK_SUBJECT, body: "+WPI" }), held * perSecond);
  traffic.count("controls, sent", word);
  traffic.count("controls, heard (each worker)", word, workers);
  const pull = () => ({
    subject: `$JS.API.CONSUMER.MSG.NEXT.${INBOX}`,
    body: { batch: 4, expires: 5e9, idle_heartbeat: 1e9 },
  });
  traffic.count("requests for slices", pull, workers / PULL_SECONDS);
  traffic.count(
    "idle requests, kept alive",
    () => ({ subject: INBOX, body: "NATS/1.0 100 Idle Heartbeat" }),
    workers,
  );
  traffic.count(
    "clocks, asked",
    () => ({ subject: NAMES.subjects.time + INBOX, body: "" }),
    workers / CLOCK_SECONDS,
  );
  traffic.count(
    "clocks, answered",
    () => ({ subject: INBOX, body: { now_ms: EPOCH_MS } }),
    workers / CLOCK_SECONDS,
  );
}
