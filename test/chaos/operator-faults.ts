/** Faults at the worst moment: while a run is changed, paused, ended by a threshold, or while all load is ended. */

import { setTimeout as pause } from "node:timers/promises";
import { askLeader } from "../../libs/bus/ask.ts";
import type { ApiVerb } from "../../libs/protocol/names.ts";
import { isFinal, RunRecord, runKey } from "../../libs/protocol/run.ts";
import type { AskOf } from "../../libs/protocol/verbs/table.ts";
import { turnKillSwitch } from "../../libs/runtime/kill-switch.ts";
import { eventually } from "../support/eventually.ts";
import { isTakenOver, leaderOf } from "./coordinator-faults.ts";
import type { Fault, Outcome, Scene } from "./fault.ts";
import { RATE, USERS } from "./workloads.ts";

/** What is asked for holds by then, where there is a leader. */
const EFFECT_MS = 2000;
/** Another leader drives the run within this. */
const TAKEOVER_MS = 6000;
const ASK_LIMIT_MS = 3000;
const PAUSED_MS = 5000;
/** A threshold that never holds ends the run after this. */
const GRACE_S = 4;
/** A new aggregator has started, and has seen what the one before it had seen. */
const ABORT_LIMIT_MS = 10_000;
/** The share of a query in a stretch of some hundred is within this of what its weight says. */
const SHARE_NOISE = 0.12;

/** Asks until a leader answers. */
async function ask<V extends ApiVerb>(scene: Scene, verb: V, request: AskOf<V>): Promise<void> {
  const answered = () => askLeader(scene.bus, verb, request, ASK_LIMIT_MS).then(() => true);
  await eventually(`an answer to ${verb}`, answered);
}

function arrivals({ proxy }: Scene, fromMs: number, toMs: number) {
  return proxy.seen.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
}

/** Whether the change holds or not, load and mix are what the record says: by when another leader has gone on. */
function isAsRecorded(outcome: Outcome): string[] {
  const { scene, record, struckMs } = outcome;
  const { model, proxy, lengthMs } = scene;
  const isChanged = record.changes.length > 0;
  const fromMs = struckMs + TAKEOVER_MS + EFFECT_MS;
  const toMs = (record.t0_ms ?? 0) + lengthMs - EFFECT_MS;
  const seen = arrivals(scene, fromMs, toMs);
  const planned = (model === "open" ? RATE : USERS) * (isChanged ? 2 : 1);
  const load = model === "open" ? (1000 * seen.length) / (toMs - fromMs) : proxy.peakBetween(fromMs, toMs);
  const share = seen.filter(({ args }) => args.query?.includes("level")).length / seen.length;
  const shareShall = isChanged ? 0.5 : 0.25;
  const wrong = isTakenOver(outcome);
  if (Math.abs(load - planned) > 0.1 * planned) wrong.push(`the load is ${load}, not ${planned}`);
  if (Math.abs(share - shareShall) > SHARE_NOISE)
    wrong.push(`a query's share is ${share}, not ${shareShall}`);
  return wrong;
}

/** All load has ended, and stays away. */
function isSilent({ scene, struckMs }: Outcome): string[] {
  const late = arrivals(scene, struckMs + EFFECT_MS, Number.POSITIVE_INFINITY).length;
  const inFlight = scene.proxy.peakBetween(struckMs + EFFECT_MS, struckMs + 2 * EFFECT_MS);
  const wrong = late === 0 ? [] : [`${late} queries came later than ${EFFECT_MS} ms after the word`];
  return inFlight === 0 ? wrong : [...wrong, `${inFlight} are in flight later than that`];
}

/** Runs that are changed: the books hold. */
export const CHANGE_FAULTS: readonly Fault[] = [
  {
    name: "leader killed at a change",
    does: "a run is given twice the load and other weights, and its leader is killed within a second of that",
    promises:
      "the change holds or does not, for everybody alike; the next leader's load is what the record says",
    models: ["open", "closed"],
    setup: { hasStandby: true },
    lengthS: 20,
    changes: true,
    // Until another leader repeats the word, workers run what they hold as it was planned before, or not at all.
    mayMiss: true,
    async strike(scene) {
      const { run, bus, model, random } = scene;
      const leader = await leaderOf(scene);
      const load = model === "open" ? { rate: 2 * RATE } : { users: 2 * USERS };
      const request = { id: run.id, ...load, weights: { errors: 3 } };
      scene.struck();
      const asked = askLeader(bus, "run.change", request, ASK_LIMIT_MS).catch(() => undefined);
      await pause(1000 * random() ** 2);
      leader.signal("SIGKILL");
      await asked;
    },
    complaints: isAsRecorded,
  },
  {
    name: "worker killed in a pause",
    does: `a run is paused, a worker is killed, and the run is resumed after ${PAUSED_MS / 1000} s`,
    promises: "nothing is sent in the pause, and all of the load is back after it",
    models: ["closed", "open"],
    lengthS: 12,
    changes: true,
    mayLose: true,
    killsWorkers: true,
    async strike(scene) {
      const { run, random } = scene;
      scene.struck();
      await ask(scene, "run.pause", { id: run.id });
      await pause(EFFECT_MS * random());
      scene.victim().signal("SIGKILL");
      await pause(PAUSED_MS);
      await ask(scene, "run.resume", { id: run.id });
    },
    complaints({ scene, record, struckMs }) {
      const { model, proxy } = scene;
      const [from, to] = record.changes.map(({ at_ms: atMs }) => (record.t0_ms ?? 0) + atMs);
      if (from === undefined || to === undefined) return [`${record.changes.length} changes hold`];
      const within = arrivals(scene, struckMs + EFFECT_MS, to);
      const wrong = within.length === 0 ? [] : [`${within.length} queries came in the pause`];
      const backMs = to + EFFECT_MS;
      const load =
        model === "open"
          ? arrivals(scene, backMs, backMs + 1000).length / RATE
          : proxy.peakBetween(backMs, backMs + 1000) / USERS;
      return load > 0.85 ? wrong : [...wrong, `${Math.round(100 * load)} % of the load is back`];
    },
  },
];

/** Runs that are ended: what was begun is in the books, and nothing more is sent. */
export const ENDING_FAULTS: readonly Fault[] = [
  {
    name: "kill switch without a leader",
    does: "SIGKILL of the leading coordinator, and the kill switch while it is dead or just replaced",
    promises: "all load ends within 2 s, and the next leader reports the run",
    models: ["open", "closed", "count"],
    setup: { hasStandby: true },
    endsAs: "stopped",
    async strike(scene) {
      const { bus, run, random } = scene;
      const leader = await leaderOf(scene);
      leader.signal("SIGKILL");
      await pause(TAKEOVER_MS * random());
      scene.struck();
      const state = { v: 1, set: true, reason: "chaos", by: "chaos", at_ms: Date.now() } as const;
      await turnKillSwitch(bus, state);
      const runs = await bus.runsBucket();
      const isOver = async () => isFinal(RunRecord.parse((await runs.get(runKey(run.id)))?.value).phase);
      await eventually("the run's end", isOver);
      await ask(scene, "kill.clear", {});
    },
    complaints: isSilent,
  },
  {
    name: "aggregator killed at a threshold",
    does: "the aggregator is killed just when it is about to end the run for a threshold; a new one is started",
    promises: "the run is aborted all the same, by one threshold, and nothing is lost",
    models: ["closed", "open"],
    lengthS: 30,
    thresholds: [{ metric: "p(50) < 100ms", window: 1, abort_on_fail: true, grace: GRACE_S }],
    endsAs: "aborted",
    async strike(scene) {
      const { startsMs = 0, random } = scene;
      // What is seen at the end of the grace time comes with the next results.
      await pause(startsMs + 1000 * (GRACE_S + 3 * random()) - Date.now());
      scene.struck();
      scene.last("aggregator").signal("SIGKILL");
      scene.add("aggregator");
    },
    complaints({ scene, report, struckMs }) {
      const aborting = report.thresholds.filter(({ aborted }) => aborted).length;
      const late = arrivals(scene, struckMs + ABORT_LIMIT_MS, Number.POSITIVE_INFINITY).length;
      const wrong = aborting === 1 ? [] : [`${aborting} thresholds ended it`];
      return late === 0 ? wrong : [...wrong, `${late} queries came later than ${ABORT_LIMIT_MS} ms`];
    },
  },
];
