/** From a seed to a scenario: what is asked for, who is there, how the network and the target feel, and what goes wrong when. */

import { below, type Random, randomFor } from "../../libs/load/random.ts";
import { API_VERSION } from "../../libs/protocol/config/schema.ts";
import type { LoadLimits } from "../../services/coordinator/access/admission.ts";
import { ALL_OF_PRODUCTION } from "../support/limits.ts";
import type { BrokerOptions } from "./broker.ts";
import { type Command, commandsOf, switchesOf } from "./commands.ts";
import { withExtras } from "./extras.ts";
import { type Fault, faultsOf } from "./faults.ts";
import type { Weather } from "./link.ts";
import type { Mood } from "./target.ts";

/** A run that someone asks for. */
export interface Order {
  readonly config: { readonly spec: object };
  readonly url: string;
  readonly model: "open" | "closed" | "count";
  readonly atMs: number;
  /** Of its runs. */
  readonly name: string;
  /** How many runs it asks for, one behind the other; none where it is a single one. */
  readonly repeat?: number;
}

export interface Machine {
  readonly node: string;
  readonly skewMs: number;
}

export interface CoordinatorMachine extends Machine {
  /** What it lets through; everything where it says nothing. */
  readonly limits?: LoadLimits;
}

export interface WorkerMachine extends Machine {
  readonly slots: number;
  readonly maxInFlight: number;
}

export interface Scenario {
  readonly seed: number;
  readonly orders: readonly Order[];
  readonly coordinators: readonly CoordinatorMachine[];
  readonly workers: readonly WorkerMachine[];
  readonly aggregator: Machine;
  readonly weather: Weather;
  readonly broker: BrokerOptions;
  readonly mood: Mood;
  readonly faults: readonly Fault[];
  readonly commands: readonly Command[];
  /** Runs must be approved, and what is said of each, so long after it is seen to wait. */
  readonly approval: { readonly verb: "run.approve" | "run.reject"; readonly afterMs: number } | undefined;
  /** Nothing goes wrong: then nothing may be lost, late or repeated. */
  readonly isClean: boolean;
}

export interface ScenarioOptions {
  /** Kinds of faults that may happen; all when not given. */
  readonly only?: readonly Fault["kind"][];
  /** Each order is of two targets at once. */
  readonly paired?: boolean;
  /** All histories are long; otherwise one of some is. */
  readonly long?: boolean;
}

/** What makes histories long or short: of short ones more are played in the same time, in a long one more can come about. */
interface Size {
  /** What a run asks for is divided by this. */
  readonly divisor: number;
  /** Share of the histories whose network is rough. */
  readonly rough: number;
  /** An approval comes so late at most. */
  readonly approvalMs: number;
}
const SHORT: Size = { divisor: 3, rough: 0.2, approvalMs: 2000 };
/** Whether all are silent in time is seen in those alone. */
const LONG_ONE_IN = 4;
const LONG: Size = { divisor: 1, rough: 0.4, approvalMs: 6000 };

/** Streams of random numbers of a history; they lie beside those of `libs/load`. */
export const CHANCE = {
  scenario: 101,
  network: 102,
  target: 103,
  services: 104,
  faults: 105,
  commands: 106,
  approvals: 107,
  servers: 108,
  extras: 109,
} as const;

/** Draws from a stream of random numbers. */
export function drawFrom(random: Random) {
  return {
    int: (least: number, most: number) => least + below(random, most - least + 1),
    between: (least: number, most: number) => least + random() * (most - least),
    oneOf: <T>(...choices: readonly T[]) => choices[below(random, choices.length)] as T,
    chance: (share: number) => random() < share,
  };
}
export type Draw = ReturnType<typeof drawFrom>;

/** One history in so many has no faults, so that perfection is checked as well. */
const CLEAN_ONE_IN = 8;

export function scenarioOf(seed: number, options: ScenarioOptions = {}): Scenario {
  const draw = drawFrom(randomFor(seed, CHANCE.scenario));
  const size = options.long || seed % LONG_ONE_IN === 0 ? LONG : SHORT;
  const isClean = options.only ? options.only.length === 0 : draw.int(1, CLEAN_ONE_IN) === 1;
  const extras = drawFrom(randomFor(seed, CHANCE.extras));
  const plain = Array.from({ length: draw.chance(0.06) ? 2 : 1 }, (_, at) =>
    orderOf(draw, size, at, isClean, options.paired === true),
  );
  const orders = plain.map((order) => withExtras(extras, order, isClean));
  const slots = orders.reduce((sum, order) => sum + order.slots, 0);
  const count = draw.int(2, 4);
  const isScarce = !isClean && draw.chance(0.08);
  // Enough for the others when one worker is gone; too few where scarcity is the trouble.
  const each = isScarce ? Math.max(1, Math.floor(slots / count / 2)) : Math.ceil(slots / (count - 1)) + 1;
  const skewMs = () => (draw.chance(0.5) ? 0 : draw.between(-1500, 1500));
  const machine = (node: string): Machine => ({ node, skewMs: skewMs() });
  const workers = Array.from({ length: count }, (_, at) => ({
    ...machine(`w${at + 1}`),
    slots: each,
    maxInFlight: !isClean && draw.chance(0.1) ? draw.int(1, 4) : 100,
  }));
  const approval = approvalOf(drawFrom(randomFor(seed, CHANCE.approvals)), size, isClean);
  const spansMs = Math.max(...orders.map(({ atMs, lengthMs }) => atMs + lengthMs));
  return {
    seed,
    orders,
    coordinators: ["c1", "c2"].map((node) => ({
      ...machine(node),
      ...(approval && { limits: ALL_OF_PRODUCTION }),
    })),
    workers,
    aggregator: machine("a1"),
    weather: weatherOf(draw, size, isClean),
    broker: {
      dedupeMs: isClean || draw.chance(0.9) ? 120_000 : draw.between(500, 4000),
      queueRoom: isClean || draw.chance(0.95) ? 200_000 : draw.int(4, 30),
    },
    mood: moodOf(draw, isClean),
    faults: isClean
      ? []
      : faultsOf(drawFrom(randomFor(seed, CHANCE.faults)), {
          workers: workers.map(({ node }) => node),
          coordinators: ["c1", "c2"],
          aggregator: "a1",
          spansMs,
          only: options.only,
        }),
    commands: [
      ...commandsOf(drawFrom(randomFor(seed, CHANCE.commands)), orders.length, spansMs, isClean),
      ...switchesOf(extras, spansMs, isClean),
    ],
    approval,
    isClean,
  };
}

/** In one history of so many runs must be approved. */
const APPROVED_ONE_IN = 6;

function approvalOf(draw: Draw, { approvalMs }: Size, isClean: boolean): Scenario["approval"] {
  if (draw.int(1, APPROVED_ONE_IN) > 1) return undefined;
  const verb = !isClean && draw.chance(0.1) ? "run.reject" : "run.approve";
  return { verb, afterMs: draw.between(0, approvalMs) };
}

function weatherOf(draw: Draw, { rough }: Size, isClean: boolean): Weather {
  const isRough = !isClean && draw.chance(rough);
  return {
    latencyMs: draw.oneOf(0.3, 0.3, 1, isClean ? 2 : 20),
    spikeOneIn: isRough ? draw.int(5, 60) : 0,
    spikeMs: draw.oneOf(20, 200, 800, 5000),
    loseOneIn: isRough && draw.chance(0.5) ? draw.int(10, 150) : 0,
  };
}

function moodOf(draw: Draw, isClean: boolean): Mood {
  const isBad = !isClean && draw.chance(0.3);
  return {
    answerMs: draw.between(30, 250),
    slowOneIn: isBad ? draw.int(3, 30) : 0,
    slowMs: draw.oneOf(500, 2000, 5000),
    failOneIn: isBad ? draw.int(2, 20) : 0,
    hangOneIn: isBad && draw.chance(0.5) ? draw.int(5, 50) : 0,
  };
}

/** How many slots a run is reckoned to need, and for how long it lasts, muster included. */
export type Sized = Order & { readonly slots: number; readonly lengthMs: number };

function orderOf(draw: Draw, size: Size, at: number, isClean: boolean, isPaired: boolean): Sized {
  const model = draw.oneOf("open" as const, "closed" as const, "count" as const);
  const url = `http://target-${at}:9428`;
  const { workload, slots, durationMs } = WORKLOADS[model](draw, size);
  const weights = Array.from({ length: draw.int(1, 3) }, () => draw.oneOf(1, 1, 2, 5));
  const name = `order-${at}`;
  const config = {
    apiVersion: API_VERSION,
    kind: "BenchmarkConfig",
    metadata: { name },
    spec: {
      ...aimOf({ url, client_timeout: draw.oneOf(1, 2, 4) }, isPaired),
      workload: { model, ...workload },
      queries: weights.map((weight, query) => ({ name: `q${query}`, template: "*", weight })),
      muster: { timeout: draw.int(4, 12), on_timeout: draw.oneOf("fail", "start") },
      ...(draw.chance(0.15) && !isClean && { late: "replay" }),
    },
  };
  return { config, name, url, model, slots, atMs: draw.between(100, 1500), lengthMs: 3000 + durationMs };
}

/** Both sides have one address, which stands for the order. */
function aimOf(target: object, isPaired: boolean): object {
  return isPaired ? { targets: { a: target, b: target } } : { target };
}

const WORKLOADS = {
  open(draw: Draw, { divisor }: Size) {
    const lanes = draw.int(1, 3);
    const duration = Math.ceil(draw.oneOf(1, 1, 2, 3, 5) / divisor);
    const workload = {
      target_qps: draw.int(4, 40),
      duration,
      lanes,
      arrival: draw.oneOf("constant", "poisson"),
      ...(draw.chance(0.3) && { ramp_up_time: duration / 2 }),
    };
    return { workload, slots: lanes * Math.min(8, duration + 1), durationMs: duration * 1000 };
  },
  closed(draw: Draw, { divisor }: Size) {
    const users = draw.int(1, 8);
    const duration = Math.ceil(draw.oneOf(1, 2, 3, 4, 7) / divisor);
    const lanes = draw.int(1, 4);
    const workload = {
      total_concurrent_users: users,
      duration,
      lanes,
      think_time: draw.oneOf(0, 0, 0.1, 0.5),
      ...(draw.chance(0.3) && { ramp_up_time: duration / 2 }),
    };
    return { workload, slots: lanes, durationMs: duration * 1000 };
  },
  count(draw: Draw, { divisor }: Size) {
    const lanes = draw.int(1, 4);
    const workload = {
      total_concurrent_users: draw.int(1, 6),
      total_queries: Math.ceil(draw.int(5, 150) / divisor),
      lanes,
      ...(draw.chance(0.2) && { duration: Math.ceil(draw.int(1, 5) / divisor) }),
    };
    return { workload, slots: lanes, durationMs: 4000 / divisor };
  },
} as const;
