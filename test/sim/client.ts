/** Whoever asks for runs and for their end: over the queue of requests, and over the leader's API. */

import { randomFor } from "../../libs/load/random.ts";
import { createBus } from "./bus.ts";
import { createLink } from "./link.ts";
import type { Oracle } from "./oracle.ts";
import { createProcess } from "./process.ts";
import { CHANCE, type Order } from "./scenario.ts";
import { createWire, pause } from "./wire.ts";
import type { World } from "./world.ts";

export interface Client {
  /** Asks for the end of the runs that an order has become. */
  stop(order: number): void;
  /** @param id requests of one id are one request */
  submit(order: Order, id: string): Promise<void>;
}

const SUBMIT_TRIES = 50;
const STOP_TRIES = 5;
const STOP_TIMEOUT_MS = 500;

/** Leaves the scenario's orders in the queue of requests, each at its time. */
export function createClient({ schedule, scenario, broker }: World, { runs }: Oracle): Client {
  const process = createProcess(schedule, { kind: "cli", node: "cli", life: 1 }, 0, () => undefined);
  const calm = { ...scenario.weather, loseOneIn: 0, spikeOneIn: 0 };
  const link = createLink(schedule, process, () => calm, randomFor(scenario.seed, CHANCE.network, 1), broker);
  const bus = createBus(createWire(process, broker, link));
  const { subjects } = bus.names;

  async function submit({ config }: Order, id: string): Promise<void> {
    await bus.append(subjects.requestRun, config, { id, tries: SUBMIT_TRIES });
  }

  async function stop(id: string): Promise<void> {
    for (let attempt = 1; attempt <= STOP_TRIES; attempt++) {
      try {
        await bus.request(subjects.api("run.stop"), id, STOP_TIMEOUT_MS);
        return;
      } catch {
        await pause(process, STOP_TIMEOUT_MS);
      }
    }
  }

  for (const order of scenario.orders)
    if (order.atMs < Number.POSITIVE_INFINITY) schedule.in(order.atMs, () => void submit(order, order.url));
  return {
    submit,
    stop(order) {
      for (const { id, url } of runs.values()) if (url === scenario.orders[order]?.url) void stop(id);
    },
  };
}
