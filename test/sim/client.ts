/** Whoever asks for runs and for their end: over the queue of requests, and over the leader's API. */

import type { Bus } from "../../libs/bus/bus.ts";
import { randomFor } from "../../libs/load/random.ts";
import type { KillState } from "../../libs/protocol/kill.ts";
import type { ApiVerb } from "../../libs/protocol/names.ts";
import { isFinal } from "../../libs/protocol/run.ts";
import { turnKillSwitch } from "../../libs/runtime/kill-switch.ts";
import { createBus } from "./bus.ts";
import type { Command } from "./commands.ts";
import { createLink } from "./link.ts";
import type { Oracle } from "./oracle.ts";
import { createProcess, type SimProcess } from "./process.ts";
import { CHANCE, type Order, type Scenario } from "./scenario.ts";
import type { SeenRun } from "./seen-runs.ts";
import { createWire, pause } from "./wire.ts";
import type { World } from "./world.ts";

export interface Client {
  /** Asks for the end of the runs that an order has become. */
  stop(order: number): void;
  /** @param id requests of one id are one request */
  submit(order: Order, id: string): Promise<void>;
}

const isDone = () => true;
const SUBMIT_TRIES = 50;
const STOP_TRIES = 5;
const STOP_TIMEOUT_MS = 500;
/** Longer than a history lasts. */
const MOST_LOOKS = 2000;

/** A process of an operator's, whose link is always calm, and its bus. */
export function connectOperator({ schedule, scenario, broker }: World): { process: SimProcess; bus: Bus } {
  const process = createProcess(schedule, { kind: "cli", node: "cli", life: 1 }, 0, () => undefined);
  const calm = { ...scenario.weather, loseOneIn: 0, spikeOneIn: 0 };
  const link = createLink(schedule, process, () => calm, randomFor(scenario.seed, CHANCE.network, 1), broker);
  return { process, bus: createBus(createWire(process, broker, link)) };
}

/** Leaves the scenario's orders in the queue of requests, each at its time. */
export function createClient(world: World, { runs }: Oracle): Client {
  const { schedule, scenario } = world;
  const { process, bus } = connectOperator(world);
  const { subjects } = bus.names;

  async function submit({ config }: Order, id: string): Promise<void> {
    await bus.append(subjects.requestRun, config, { id, tries: SUBMIT_TRIES });
  }

  /** Asks a few times for as long as nobody answers. @returns whether somebody did */
  async function ask(verb: ApiVerb, payload: string): Promise<boolean> {
    for (let attempt = 1; attempt <= STOP_TRIES; attempt++) {
      try {
        await bus.request(subjects.api(verb), payload, STOP_TIMEOUT_MS);
        return true;
      } catch {
        await pause(process, STOP_TIMEOUT_MS);
      }
    }
    return false;
  }

  /** However late the word of a pause comes through, the run is resumed as long as it is paused. */
  async function pauseFor({ id }: SeenRun, forMs: number): Promise<void> {
    await ask("run.pause", id);
    await pause(process, forMs);
    for (let run = runs.get(id); run && !isFinal(run.record.phase); run = runs.get(id)) {
      if (run.fold.course.revised().isPaused) await ask("run.resume", id);
      await pause(process, STOP_TIMEOUT_MS);
    }
  }

  /** As the command line does it: by hand, without a leader, until it is stored. */
  async function turn(set: boolean): Promise<void> {
    const state: KillState = { v: 1, set, reason: "", by: "somebody", at_ms: process.clock.nowMs() };
    while (!(await turnKillSwitch(bus, state).then(isDone, () => false)))
      await pause(process, STOP_TIMEOUT_MS);
  }

  async function switchFor(forMs: number): Promise<void> {
    await turn(true);
    await pause(process, forMs);
    await turn(false);
  }

  function command({ order, ask: asked }: Command): void {
    if (asked.kind === "switch") {
      void switchFor(asked.forMs);
      return;
    }
    for (const run of runs.values()) {
      const { id, url, plan } = run;
      if (url !== scenario.orders[order]?.url) continue;
      if (asked.kind === "kill") void ask("run.kill", id);
      else if (asked.kind === "pause") void pauseFor(run, asked.forMs);
      else {
        const { load, weights } = asked;
        const loads = plan.model === "open" ? { rate: load } : { users: load };
        void ask("run.change", JSON.stringify({ id, ...loads, weights }));
      }
    }
  }

  /** Says the same of whatever waits for it, however late the word comes through. */
  async function decide({ verb, afterMs }: NonNullable<Scenario["approval"]>): Promise<void> {
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      await pause(process, STOP_TIMEOUT_MS);
      for (const { id, record } of runs.values())
        if (record.phase === "awaiting_approval" && schedule.nowMs() >= (seenMs.get(id) ?? 0) + afterMs)
          await ask(verb, JSON.stringify({ id, reason: "seen" }));
        else if (!seenMs.has(id)) seenMs.set(id, schedule.nowMs());
    }
  }

  const seenMs = new Map<string, number>();
  if (scenario.approval) void decide(scenario.approval);
  for (const asked of scenario.commands) schedule.in(asked.atMs, () => command(asked));
  for (const order of scenario.orders)
    if (order.atMs < Number.POSITIVE_INFINITY) schedule.in(order.atMs, () => void submit(order, order.url));
  return {
    submit,
    stop(order) {
      for (const { id, url } of runs.values())
        if (url === scenario.orders[order]?.url) void ask("run.stop", id);
    },
  };
}
