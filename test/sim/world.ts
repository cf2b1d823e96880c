/** A whole deployment in one history: processes on their machines, the broker, the target, and what goes wrong with them. */

import { randomFor } from "../../libs/load/random.ts";
import type { Log } from "../../libs/runtime/log.ts";
import { type Broker, createBroker, type Witness } from "./broker.ts";
import { createBus } from "./bus.ts";
import { createLink, type Link } from "./link.ts";
import { createProcess, type Kind, type SimProcess } from "./process.ts";
import {
  CHANCE,
  type CoordinatorMachine,
  type Machine,
  type Scenario,
  type WorkerMachine,
} from "./scenario.ts";
import type { Schedule } from "./schedule.ts";
import { isAsked, simServers } from "./server.ts";
import { type Leave, runAggregator, runCoordinator, runWorker } from "./services.ts";
import { createEngine, type Mood, type TargetWitness } from "./target.ts";
import type { Trace } from "./trace.ts";
import { createWire } from "./wire.ts";

/** A place for a process, which may live several times. */
export interface Node {
  readonly kind: Kind;
  readonly machine: Machine;
  life: number;
  process: SimProcess | undefined;
  link: Link | undefined;
  /** There once its service has started. */
  leave: Leave | undefined;
  /** Was told to leave, and is still there. */
  isLeaving: boolean;
  /** After its death it lives again in so long. */
  restartMs: number;
}

/** What the oracle sees of the world besides the broker and the target. */
export interface LifeWitness {
  started(process: SimProcess): void;
  died(process: SimProcess): void;
  /** A processor was told that a run is over. */
  toldEnd(run: string): void;
}

export interface World {
  readonly scenario: Scenario;
  readonly schedule: Schedule;
  readonly trace: Trace;
  readonly broker: Broker;
  readonly nodes: ReadonlyMap<string, Node>;
  start(node: Node): void;
  setMood(mood: Mood): void;
  /** From now on no message is lost or slow, and every query is answered. */
  calm(): void;
  stopBroker(): void;
  startBroker(): void;
}

/** A process that is gone is started again, as whoever runs it sees to. */
const START_AGAIN_MS = 1000;
/** How soon after a crash the broker learns that the connection is gone. */
const CRASH_SEEN_MS = 3;

export function createWorld(
  scenario: Scenario,
  witness: Witness & TargetWitness & LifeWitness,
  trace: Trace,
  schedule: Schedule,
  log: Log,
): World {
  const { seed } = scenario;
  const network = randomFor(seed, CHANCE.network);
  const target = randomFor(seed, CHANCE.target);
  const services = randomFor(seed, CHANCE.services);
  const servers = randomFor(seed, CHANCE.servers);
  const broker = createBroker(schedule, scenario.broker, witness);
  const nodes = new Map<string, Node>();
  let { mood, weather } = scenario;

  function add(kind: Kind, machine: Machine): void {
    const none = { process: undefined, link: undefined, leave: undefined, isLeaving: false };
    nodes.set(machine.node, { kind, machine, life: 0, restartMs: START_AGAIN_MS, ...none });
  }
  for (const machine of scenario.coordinators) add("coordinator", machine);
  for (const machine of scenario.workers) add("worker", machine);
  add("aggregator", scenario.aggregator);

  async function main(node: Node, process: SimProcess, link: Link): Promise<Leave> {
    if (!link.isUp()) await new Promise<void>((resolve) => link.onUp(resolve));
    const bus = createBus(createWire(process, broker, link));
    if (node.kind === "coordinator") {
      const { limits } = node.machine as CoordinatorMachine;
      const openServers = isAsked(seed) ? simServers(process, servers) : undefined;
      return runCoordinator(process, bus, log, services, limits, openServers);
    }
    if (node.kind === "aggregator") return runAggregator(process, bus, log, witness.toldEnd);
    const engine = createEngine(process, () => mood, target, witness);
    return runWorker(process, bus, log, node.machine as WorkerMachine, engine);
  }

  function died(process: SimProcess): void {
    const node = nodes.get(process.node) as Node;
    const { link } = node;
    trace.note("died", process.name, "");
    witness.died(process);
    schedule.in(node.restartMs, () => start(node));
    node.restartMs = START_AGAIN_MS;
    schedule.in(CRASH_SEEN_MS, () => link?.reset(Number.POSITIVE_INFINITY));
  }

  function start(node: Node): void {
    if (node.process?.isAlive()) return;
    node.life++;
    const { kind, machine, life } = node;
    const process = createProcess(schedule, { kind, node: machine.node, life }, machine.skewMs, died);
    const link = createLink(schedule, process, () => weather, network, broker);
    node.process = process;
    node.link = link;
    node.leave = undefined;
    node.isLeaving = false;
    trace.note("started", process.name, "");
    witness.started(process);
    if (!broker.isUp()) link.reset(Number.POSITIVE_INFINITY);
    main(node, process, link).then(
      (leave) => {
        node.leave = leave;
      },
      (error: unknown) => {
        trace.note("no start", process.name, String(error));
        process.crash();
      },
    );
  }

  return {
    scenario,
    schedule,
    trace,
    broker,
    nodes,
    start,
    setMood(next) {
      mood = next;
    },
    calm() {
      weather = { ...weather, spikeOneIn: 0, loseOneIn: 0 };
      mood = { ...mood, slowOneIn: 0, failOneIn: 0, hangOneIn: 0 };
    },
    stopBroker() {
      if (!broker.isUp()) return;
      broker.stop();
      for (const { link } of nodes.values()) link?.reset(Number.POSITIVE_INFINITY);
    },
    startBroker() {
      if (broker.isUp()) return;
      broker.start();
      for (const { link, process } of nodes.values())
        if (process?.isAlive()) link?.reset(50 + network() * 450);
    },
  };
}
