/** Faults of the coordinator: the leader dies or is frozen, with a standby there or without, in the run and before it. */

import { setTimeout as pause } from "node:timers/promises";
import { eventually } from "../support/eventually.ts";
import type { Fault, Outcome, Scene } from "./fault.ts";

/** Another leader drives the run within this. */
const TAKEOVER_MS = 6000;
const FROZEN_MS = 8000;
const NEW_WORKERS = 3;

/** The coordinator that leads, as the lease says. */
export async function leaderOf({ bus, part }: Scene) {
  const entry = await (await bus.leaseBucket()).get("leader");
  return part((entry?.value as { node?: string } | undefined)?.node ?? "");
}

/** Another leader drives the run, in time and once. */
export function isTakenOver({ events, struckMs }: Outcome): string[] {
  const takeovers = events.filter(({ type }) => type === "taken_over");
  const [first] = takeovers;
  if (!first || takeovers.length > 1) return [`it was taken over ${takeovers.length} times`];
  const afterMs = first.at_ms - struckMs;
  return afterMs <= TAKEOVER_MS ? [] : [`it was taken over after ${afterMs} ms`];
}

const COMMON = { models: ["open", "closed", "count"], lengthS: 14, complaints: isTakenOver } as const;

export const COORDINATOR_FAULTS: readonly Fault[] = [
  {
    ...COMMON,
    name: "leader killed, standby there",
    does: "SIGKILL of the leading coordinator, while another waits",
    promises: "the run goes on within 6 s with its id, schedule and verdict; open: nothing is missed",
    setup: { hasStandby: true },
    async strike(scene) {
      const leader = await leaderOf(scene);
      scene.struck();
      leader.signal("SIGKILL");
    },
  },
  {
    ...COMMON,
    name: "leader frozen and woken",
    does: `SIGSTOP of the leading coordinator, while another waits, and SIGCONT after ${FROZEN_MS / 1000} s`,
    promises: "as for a killed one; awake, the deposed leader changes nothing",
    models: ["closed", "open"],
    setup: { hasStandby: true },
    async strike(scene) {
      const leader = await leaderOf(scene);
      scene.struck();
      leader.signal("SIGSTOP");
      await pause(FROZEN_MS);
      leader.signal("SIGCONT");
    },
  },
  {
    ...COMMON,
    name: "only coordinator killed",
    does: "SIGKILL of the only coordinator; a new one is started at once",
    promises: "as with a standby, once the dead one's lease is over",
    models: ["closed", "open"],
    async strike(scene) {
      scene.struck();
      scene.last("coordinator").signal("SIGKILL");
      scene.add("coordinator");
    },
  },
  {
    ...COMMON,
    name: "leader killed while mustering",
    does: "SIGKILL of the leading coordinator while a run waits for workers, which come after the takeover",
    promises: "the run still waits under the new leader, and starts when they are there",
    models: ["open"],
    setup: { hasStandby: true, workers: 0 },
    duringMuster: true,
    lengthS: 6,
    async strike(scene) {
      const dead = await leaderOf(scene);
      scene.struck();
      dead.signal("SIGKILL");
      const isLed = async () => (await leaderOf(scene)).name !== dead.name;
      await eventually("another leader", isLed);
      await Promise.all(Array.from({ length: NEW_WORKERS }, () => scene.add("worker").ready));
    },
  },
];
