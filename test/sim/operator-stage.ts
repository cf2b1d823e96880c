/** A stage for scripts of operators: two real coordinators in virtual time, of which the second takes over under limits of its own. */

import assert from "node:assert/strict";
import type { ApiVerb } from "../../libs/protocol/names.ts";
import { Judged, judgedKey, RunRecord, runKey, wantedKey } from "../../libs/protocol/run.ts";
import { SeriesRecord } from "../../libs/protocol/series.ts";
import type { LoadLimits } from "../../services/coordinator/access/admission.ts";
import type { Broker } from "./broker.ts";
import { connectOperator } from "./client.ts";
import { SILENT } from "./history.ts";
import { type Scenario, scenarioOf } from "./scenario.ts";
import { createSchedule, eachEvent, type Schedule } from "./schedule.ts";
import { createTrace } from "./trace.ts";
import { pause } from "./wire.ts";
import { createWorld, type World } from "./world.ts";

const ANSWER_MS = 3000;
const ASK_TRIES = 10;
const ASK_PAUSE_MS = 1000;
/** Nothing of what is waited for takes longer, in virtual time. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 100;
const NEVER_MS = 1e9;

interface Answer {
  readonly ok: boolean;
  readonly code?: string;
  readonly message?: string;
  readonly run?: RunRecord;
}

export interface OperatorStage {
  ask(verb: ApiVerb, request: object): Promise<Answer>;
  /** Asks for what must be granted. */
  granted(verb: ApiVerb, request: object): Promise<RunRecord>;
  /** Leaves a config in the queue of requests. */
  queue(config: object): Promise<void>;
  record(id: string): RunRecord;
  series(): SeriesRecord[];
  runs(): RunRecord[];
  /** Writes what a run is to become into the bucket. @returns the revision */
  want(id: string, config: object): number;
  /** What became of it. */
  judged(id: string): Judged | undefined;
  /** Ends the leader for good: the other coordinator takes over. */
  killLeader(): void;
  /** Ends the leader as soon as the log of results has a change. */
  killLeaderAtChange(): void;
  until(what: string, isSo: () => boolean): Promise<void>;
  nowMs(): number;
  /** When queries were sent to a target. */
  sentMs(url: string): readonly number[];
}

/** Plays a script on two coordinators, the first of which leads, with enough workers. */
export async function playAsOperator(
  first: LoadLimits,
  second: LoadLimits,
  script: (stage: OperatorStage) => Promise<void>,
): Promise<void> {
  const schedule = createSchedule();
  const seen = watch(schedule);
  const world = createWorld(
    scenarioWith(first, second),
    seen.witness,
    createTrace(schedule.nowMs),
    schedule,
    SILENT,
  );
  const { broker, nodes } = world;
  const hands = handsOn(world);
  const stage: OperatorStage = {
    ...hands,
    ...storedIn(broker),
    killLeader: () => killLeader(world),
    killLeaderAtChange: () => seen.atChange(() => killLeader(world)),
    nowMs: schedule.nowMs,
    sentMs: seen.sentMs,
  };
  for (const node of nodes.values()) if (node.machine.node !== "c2") world.start(node);
  let isOver = false;
  const playing = (async () => {
    await hands.until("a leader", () => broker.lease.get("leader") !== undefined);
    world.start(nodes.get("c2") ?? assert.fail("no c2"));
    await script(stage);
  })().finally(() => {
    isOver = true;
  });
  playing.catch(() => undefined);
  await eachEvent(schedule, () => isOver);
  await playing;
}

function scenarioWith(first: LoadLimits, second: LoadLimits): Scenario {
  return {
    ...scenarioOf(1, { only: [] }),
    orders: [],
    commands: [],
    coordinators: [
      { node: "c1", skewMs: 0, limits: first },
      { node: "c2", skewMs: 300, limits: second },
    ],
    workers: ["w1", "w2"].map((node) => ({ node, skewMs: 0, slots: 60, maxInFlight: 1000 })),
  };
}

/** What is seen at the broker and at the targets. */
function watch(schedule: Schedule) {
  const sent = new Map<string, number[]>();
  const none = () => undefined;
  let atChange: (() => void) | undefined;
  const witness = {
    ...{
      heldUp: none,
      published: none,
      written: none,
      started: none,
      died: none,
      toldEnd: none,
      ended: none,
    },
    stored(stream: string, { data }: { data: Uint8Array }) {
      if (!stream.endsWith("RESULTS") || JSON.parse(Buffer.from(data).toString()).kind !== "changed") return;
      atChange?.();
      atChange = undefined;
    },
    sent({ url }: { url: string }) {
      const times = sent.get(url) ?? [];
      sent.set(url, times);
      times.push(schedule.nowMs());
    },
  };
  return {
    witness,
    atChange(call: () => void) {
      atChange = call;
    },
    sentMs: (url: string): readonly number[] => sent.get(url) ?? [],
  };
}

function handsOn(world: World): Pick<OperatorStage, "ask" | "granted" | "queue" | "until"> {
  const { schedule } = world;
  const { process, bus } = connectOperator(world);
  const { subjects } = bus.names;

  async function ask(verb: ApiVerb, request: object): Promise<Answer> {
    const payload = JSON.stringify(request);
    for (let attempt = 1; attempt <= ASK_TRIES; attempt++) {
      const answer = await bus.request(subjects.api(verb), payload, ANSWER_MS).catch(() => undefined);
      if (answer) return JSON.parse(Buffer.from(answer).toString());
      await pause(process, ASK_PAUSE_MS);
    }
    return assert.fail(`nobody answers ${verb}`);
  }

  return {
    ask,
    async granted(verb, request) {
      const { run, message } = await ask(verb, request);
      return run ?? assert.fail(message);
    },
    async queue(config) {
      await bus.append(subjects.requestRun, config, { id: "queued", tries: ASK_TRIES });
    },
    async until(what, isSo) {
      const untilMs = schedule.nowMs() + PATIENCE_MS;
      while (!isSo()) {
        assert.ok(schedule.nowMs() < untilMs, what);
        await pause(process, LOOK_MS);
      }
    },
  };
}

function storedIn({ runs }: Broker): Pick<OperatorStage, "record" | "series" | "runs" | "want" | "judged"> {
  const all = (prefix: string) =>
    runs.keys(`${prefix}.*`).map((key) => JSON.parse(runs.get(key)?.json ?? ""));
  return {
    record: (id) => RunRecord.parse(JSON.parse(runs.get(runKey(id))?.json ?? "")),
    series: () => all("series").map((value) => SeriesRecord.parse(value)),
    runs: () => all("run").map((value) => RunRecord.parse(value)),
    want: (id, config) => runs.put(wantedKey(id), JSON.stringify(config)),
    judged(id) {
      const json = runs.get(judgedKey(id))?.json;
      return json === undefined ? undefined : Judged.parse(JSON.parse(json));
    },
  };
}

function killLeader({ broker, nodes }: World): void {
  const { node } = JSON.parse(broker.lease.get("leader")?.json ?? "{}");
  const leader = nodes.get(node) ?? assert.fail("nobody leads");
  leader.restartMs = NEVER_MS;
  leader.process?.crash();
}
