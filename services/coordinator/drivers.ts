/** The drivers of all live runs of one leadership. */

import type { Heartbeat } from "../../libs/protocol/node.ts";
import type { DriverParts } from "./run/cores.ts";
import { createRunDriver, type RunDriver } from "./run/driver.ts";
import type { StoredRun } from "./run/history/stored-run.ts";

export interface Drivers {
  readonly live: ReadonlyMap<string, RunDriver>;
  drive(stored: StoredRun): RunDriver;
  /** Does what the time asks for, and lets go of what is over. */
  tick(): void;
  beacon(): void;
  gone(heartbeat: Heartbeat): void;
  /** A slice was delivered too often, or terminated by a worker: nobody can run it. @param seq its place in the queue */
  takeDead(seq: number): Promise<void>;
  close(): Promise<void>;
}

export function createDrivers(parts: DriverParts): Drivers {
  const live = new Map<string, RunDriver>();
  return {
    live,
    drive(stored) {
      const driver = createRunDriver(parts, stored);
      live.set(stored.record.id, driver);
      void driver.begin();
      return driver;
    },
    tick() {
      for (const [id, driver] of live) {
        driver.tick();
        if (!driver.isDone()) continue;
        live.delete(id);
        void driver.close();
      }
    },
    beacon() {
      for (const driver of live.values()) driver.beacon();
    },
    gone(heartbeat) {
      for (const driver of live.values()) driver.nodeGone(heartbeat);
    },
    async takeDead(seq) {
      const subject = await parts.bus.sliceSubject(seq);
      for (const driver of live.values()) await driver.addDeadSlice(seq, subject);
    },
    async close() {
      await Promise.all([...live.values()].map((driver) => driver.close()));
    },
  };
}
