/** Slices pulled over a simulated link, as the real bus pulls them: one request at a time, for as many as there are free slots. */

import type { Capacity, Puller, SliceDelivery } from "../../libs/bus/bus.ts";
import type { Consumer, Pull } from "./consumer.ts";
import type { Lane } from "./link.ts";
import type { Stored } from "./streams.ts";
import { pause, type Wire } from "./wire.ts";

const PULL_EXPIRES_MS = 5000;
const PULL_SILENCE_MS = 2500;
const PULL_BATCH = 64;
const RETRY_PAUSE_MS = 500;
const CALL_OFF_LIMIT_MS = 1000;
const ACK_TIMEOUT_MS = 2000;

type End = "done" | "absent";

/** One request for slices. */
interface Round {
  readonly over: Promise<End>;
  left(): number;
  /** Asks for no more; what is on its way still comes, and then it is over. */
  callOff(): void;
  /** Is over at once; what is on its way is not heard. */
  forget(): void;
}

export function pullSlices(
  wire: Wire,
  pool: string,
  capacity: Capacity,
  take: (delivery: SliceDelivery) => void,
): Puller {
  let stopped = false;
  let round: Round | undefined;

  function hear(delivery: SliceDelivery): void {
    if (stopped) delivery.giveBack();
    else take(delivery);
  }

  /** Calls a request off when there are fewer free slots than it may bring slices. */
  async function watchCapacity(current: Round): Promise<void> {
    let isOver = false;
    void current.over.then(() => {
      isOver = true;
    });
    while (!isOver) {
      await Promise.race([capacity.changed(), current.over]);
      if (isOver || capacity.free() >= current.left()) continue;
      current.callOff();
      return;
    }
  }

  async function loop(): Promise<void> {
    while (!stopped && !wire.isClosed()) {
      const free = capacity.free();
      if (free === 0) {
        await capacity.changed();
        continue;
      }
      round = request(wire, pool, Math.min(free, PULL_BATCH), hear);
      void watchCapacity(round);
      const end = await round.over;
      if (end === "absent" && !stopped) await pause(wire.process, RETRY_PAUSE_MS);
    }
  }

  const done = loop();
  return {
    restart: () => round?.forget(),
    async stop() {
      stopped = true;
      round?.callOff();
      await done;
    },
  };
}

function request(wire: Wire, pool: string, batch: number, take: (delivery: SliceDelivery) => void): Round {
  const { broker, link, process } = wire;
  const { clock } = process;
  const lane: Lane = { lastMs: 0 };
  let left = batch;
  let isOver = false;
  let settle: (end: End) => void = () => undefined;
  const over = new Promise<End>((resolve) => {
    settle = resolve;
  });

  function finish(end: End): void {
    isOver = true;
    cancelLimit();
    cancelSilence();
    settle(end);
  }

  // That its time is up is the server's to say, behind all that it delivered before; should that be lost, it is lost.
  const cancelLimit = clock.after(PULL_EXPIRES_MS + PULL_SILENCE_MS, () => finish("done"));
  // The server sends a word each second; whether it would arrive now stands for whether it did.
  const cancelSilence = clock.every(PULL_SILENCE_MS, () => {
    if (!link.isUp() || !link.isHeard()) finish("done");
  });
  const pull: Pull = {
    link,
    remaining: batch,
    expiresMs: broker.nowMs() + PULL_EXPIRES_MS,
    deliver: (message, attempt) =>
      link.toProcess(lane, () => {
        if (isOver) return;
        left--;
        take(deliveryOf(wire, consumer as Consumer, message, attempt));
        if (left === 0) finish("done");
      }),
    expired: () => link.toProcess(lane, () => finish("done")),
  };
  let consumer: Consumer | undefined;
  wire.tell(() => {
    consumer = broker.consumer(broker.streams.slices, broker.names.consumers.workers(pool));
    if (consumer) consumer.pull(pull);
    else link.toProcess(lane, () => finish("absent"));
  });
  const unsubscribe = (then: () => void) =>
    wire.tell(() => {
      pull.remaining = 0;
      then();
    }, true);
  return {
    over,
    left: () => left,
    callOff() {
      if (isOver) return;
      clock.after(CALL_OFF_LIMIT_MS, () => finish("done"));
      unsubscribe(() => link.toProcess(lane, () => finish("done"), true));
    },
    forget() {
      unsubscribe(() => undefined);
      finish("done");
    },
  };
}

function deliveryOf(wire: Wire, consumer: Consumer, message: Stored, attempt: number): SliceDelivery {
  const { data, subject, seq } = message;
  return {
    data,
    subject,
    seq,
    attempt,
    ack: () => wire.ask(() => consumer.ack(seq), ACK_TIMEOUT_MS),
    working: () => wire.tell(() => consumer.working(seq)),
    giveBack: (pauseMs = 0) => wire.tell(() => consumer.giveBack(seq, pauseMs)),
    terminate: () => wire.tell(() => consumer.terminate(seq)),
  };
}
