/** What all verbs of a simulated bus share: asking the broker something and waiting for its answer. */

import type { Broker } from "./broker.ts";
import type { Lane, Link } from "./link.ts";
import type { SimProcess } from "./process.ts";

export interface Wire {
  readonly process: SimProcess;
  readonly broker: Broker;
  readonly link: Link;
  /** Asks the broker; without an answer in time it rejects. */
  ask<T>(question: () => T, timeoutMs: number): Promise<T>;
  /** Tells the broker something, and waits for nothing. */
  tell(message: () => void, isSure?: boolean): void;
  isClosed(): boolean;
  close(): void;
}

/** A promise of a process that is dead: whoever waits for it goes no further. */
function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}

export function createWire(process: SimProcess, broker: Broker, link: Link): Wire {
  const answers: Lane = { lastMs: 0 };
  let closed = false;

  function ask<T>(question: () => T, timeoutMs: number): Promise<T> {
    if (!process.isAlive()) return never();
    if (closed) return Promise.reject(new Error("CONNECTION_CLOSED"));
    return new Promise((resolve, reject) => {
      const cancel = process.clock.after(timeoutMs, () => reject(new Error("TIMEOUT")));
      const answer = (settle: () => void) =>
        link.toProcess(answers, () => {
          cancel();
          settle();
        });
      link.toBroker(() => {
        try {
          const value = question();
          answer(() => resolve(value));
        } catch (error) {
          answer(() => reject(error));
        }
      });
      process.act();
    });
  }

  return {
    process,
    broker,
    link,
    ask,
    tell(message, isSure) {
      if (!process.isAlive() || closed) return;
      link.toBroker(message, isSure);
      process.act();
    },
    isClosed: () => closed,
    close() {
      if (closed) return;
      closed = true;
      link.reset(Number.POSITIVE_INFINITY);
    },
  };
}

/** Waits on a process's clock. */
export function pause(process: SimProcess, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    process.clock.after(delayMs, resolve);
  });
}

export function encode(message: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(message));
}
