/** What can go wrong, and the draw of what does in a history. */

import type { Flow } from "./link.ts";
import type { Draw } from "./scenario.ts";
import type { Mood } from "./target.ts";

type At = { readonly atMs: number };

export type Fault = At &
  (
    | { readonly kind: "crash"; readonly node: string; readonly deeds: number; readonly restartMs: number }
    /** SIGTERM: a worker leaves in order, and comes back. */
    | { readonly kind: "leave"; readonly node: string; readonly restartMs: number }
    | { readonly kind: "freeze"; readonly node: string; readonly forMs: number }
    /** Messages wait or vanish, one way or both ways, and neither end is told. */
    | {
        readonly kind: "partition";
        readonly node: string;
        readonly out: Flow;
        readonly back: Flow;
        readonly forMs: number;
      }
    /** The connection breaks, and is made anew. */
    | { readonly kind: "reset"; readonly node: string; readonly pauseMs: number }
    | { readonly kind: "broker"; readonly forMs: number }
    | { readonly kind: "mood"; readonly mood: Mood; readonly forMs: number }
    /** Someone asks for the end of a run before its time. */
    | { readonly kind: "stop"; readonly order: number }
  );

export type FaultKind = Fault["kind"];

export interface Stage {
  readonly workers: readonly string[];
  readonly coordinators: readonly string[];
  readonly aggregator: string;
  /** How long the runs are reckoned to last. */
  readonly spansMs: number;
  readonly only: readonly FaultKind[] | undefined;
}

/** How often each kind is drawn, in shares. */
const SHARES: Readonly<Record<FaultKind, number>> = {
  crash: 6,
  leave: 2,
  freeze: 4,
  partition: 4,
  reset: 2,
  broker: 1,
  mood: 1,
  stop: 1,
};

const MOST_FAULTS = 6;

export function faultsOf(draw: Draw, stage: Stage): Fault[] {
  const kinds = (Object.keys(SHARES) as FaultKind[])
    .filter((kind) => stage.only?.includes(kind) ?? true)
    .flatMap((kind) => new Array<FaultKind>(SHARES[kind]).fill(kind));
  const count = draw.chance(0.4) ? 1 : draw.int(2, MOST_FAULTS);
  return Array.from({ length: count }, () => {
    const atMs = draw.between(100, stage.spansMs + 1500);
    return { atMs, ...DRAWS[draw.oneOf(...kinds)](draw, stage) } as Fault;
  }).sort((a, b) => a.atMs - b.atMs);
}

/** Workers are the most numerous, and what happens to them most often. */
function anyNode(draw: Draw, { workers, coordinators, aggregator }: Stage): string {
  return draw.oneOf(...workers, ...workers, ...coordinators, aggregator);
}

/** From a hiccup to well beyond every time limit of the protocol. */
const anySpanMs = (draw: Draw) =>
  draw.oneOf(draw.between(20, 900), draw.between(1000, 4500), draw.between(4500, 12_000));

const DRAWS = {
  crash: (draw: Draw, stage: Stage) => ({
    kind: "crash",
    node: anyNode(draw, stage),
    deeds: draw.int(1, 12),
    restartMs: draw.between(100, 5000),
  }),
  leave: (draw: Draw, { workers }: Stage) => ({
    kind: "leave",
    node: draw.oneOf(...workers),
    restartMs: draw.between(100, 3000),
  }),
  freeze: (draw: Draw, stage: Stage) => ({
    kind: "freeze",
    node: anyNode(draw, stage),
    forMs: anySpanMs(draw),
  }),
  partition: (draw: Draw, stage: Stage) => {
    const [out, back] = draw.oneOf<[Flow, Flow]>(
      ["drop", "drop"],
      ["hold", "hold"],
      ["drop", "flow"],
      ["flow", "drop"],
      ["hold", "flow"],
      ["flow", "hold"],
    );
    return { kind: "partition", node: anyNode(draw, stage), out, back, forMs: anySpanMs(draw) };
  },
  reset: (draw: Draw, stage: Stage) => ({
    kind: "reset",
    node: anyNode(draw, stage),
    pauseMs: draw.between(5, 1500),
  }),
  broker: (draw: Draw) => ({ kind: "broker", forMs: draw.between(50, 4000) }),
  mood: (draw: Draw) => ({
    kind: "mood",
    mood: {
      answerMs: draw.between(50, 1500),
      slowOneIn: draw.oneOf(0, 2),
      slowMs: 3000,
      failOneIn: draw.oneOf(0, 1, 3),
      hangOneIn: draw.oneOf(0, 2, 5),
    },
    forMs: draw.between(200, 3000),
  }),
  stop: (draw: Draw) => ({ kind: "stop", order: draw.int(0, 1) }),
} as const;
