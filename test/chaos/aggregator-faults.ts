/** Faults of the aggregator, and of several services at once. */

import { setTimeout as pause } from "node:timers/promises";
import { eventually } from "../support/eventually.ts";
import { isTakenOver, leaderOf } from "./coordinator-faults.ts";
import type { Fault } from "./fault.ts";

/** The end of the run is near enough for the aggregator to be frozen before it hears of it. */
const BEFORE_END_MS = 300;
const DRAIN_LIMIT_MS = 30_000;

export const AGGREGATOR_FAULTS: readonly Fault[] = [
  {
    name: "aggregator killed",
    does: "SIGKILL of the aggregator; a new one is started at once",
    promises: "the load does not change, and the new one's report is complete",
    models: ["closed", "open"],
    async strike(scene) {
      scene.struck();
      scene.last("aggregator").signal("SIGKILL");
      scene.add("aggregator");
    },
  },
  {
    name: "aggregator killed at the very end",
    does: "the aggregator dies after the last result and before its report; a new one is started",
    promises: "the new one reports the run in its place",
    models: ["open", "closed"],
    lengthS: 8,
    async strike(scene) {
      const { bus, run, startsMs = 0, lengthMs } = scene;
      const { streams, subjects } = bus.names;
      let isDrained = false;
      const follower = await bus.follow(
        streams.events,
        subjects.event(run.id, "drained"),
        "beginning",
        () => {
          isDrained = true;
        },
      );
      await pause(startsMs + lengthMs - BEFORE_END_MS - Date.now());
      scene.last("aggregator").signal("SIGSTOP");
      await eventually("all slices are settled", () => isDrained, DRAIN_LIMIT_MS);
      await follower.close();
      scene.struck();
      scene.last("aggregator").signal("SIGKILL");
      scene.add("aggregator");
    },
  },
  {
    name: "worker, leader and aggregator at once",
    does: "SIGKILL of a worker, the leading coordinator and the aggregator within a second; new ones are started",
    promises: "what each of the three promises by itself",
    models: ["closed", "open", "count"],
    setup: { hasStandby: true },
    lengthS: 18,
    mayLose: true,
    mayMiss: true,
    killsWorkers: true,
    async strike(scene) {
      const leader = await leaderOf(scene);
      scene.struck();
      scene.victim().signal("SIGKILL");
      await pause(400 * scene.random());
      leader.signal("SIGKILL");
      await pause(400 * scene.random());
      scene.last("aggregator").signal("SIGKILL");
      scene.add("aggregator");
      await scene.add("worker").ready;
    },
    complaints: isTakenOver,
  },
];
