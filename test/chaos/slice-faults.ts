/** Faults of single slices: garbage in their place, terminated by a worker, and delivered too often. */

import { FIRST_REVISION } from "../../libs/protocol/change.ts";
import { Slice } from "../../libs/protocol/slice.ts";
import type { Fault, Outcome, Scene } from "./fault.ts";

/** Windows of the open model last a second, and are published six seconds ahead: the coordinator has yet to come to this one. */
const AHEAD_S = 8;
/** A revision that no change has made: no worker can open the run at it. */
const NO_REVISION = 99;

function subjectAhead({ bus, run, startsMs = 0 }: Scene): { subject: string; window: number } {
  const window = Math.floor((Date.now() - startsMs) / 1000) + AHEAD_S;
  return { subject: bus.names.subjects.slice("default", run.id, 0, window), window };
}

function timesOf({ startsMs = 0 }: Scene, window: number) {
  return { lane: 0, window, t0_ms: startsMs, start_ms: window * 1000, end_ms: (window + 1) * 1000 };
}

/** Publishes what is a slice by its form. */
async function putSlice({ observer, run }: Scene, subject: string, fields: object): Promise<void> {
  const common = { v: 1, run: run.id, epoch: run.epoch, published_ms: Date.now() };
  await observer.jetstream().publish(subject, JSON.stringify(Slice.parse({ ...common, ...fields })));
}

/** All that is lost is one slice's, and the reason is named. */
function isOneLost({ report, scene }: Outcome): string[] {
  const lost = report.reasons.filter(({ state }) => state === "lost");
  const poisoned = lost.every(({ reason }) => reason === "poisoned");
  if (scene.model === "closed") return poisoned ? [] : ["lost for another reason than poison"];
  return lost.length > 0 && poisoned ? [] : [`lost: ${lost.map(({ reason }) => reason).join(", ")}`];
}

export const SLICE_FAULTS: readonly Fault[] = [
  {
    name: "garbage in a slice's place",
    does: "a message that is no slice is put into the queue on the subject of a slice still to come",
    promises: "workers refuse and terminate it; the slice itself is published and run",
    models: ["open"],
    async strike(scene) {
      scene.struck();
      await scene.observer.jetstream().publish(subjectAhead(scene).subject, Buffer.from("{garbage"));
    },
  },
  {
    name: "slice terminated",
    does: "a worker that is not ours takes a slice and terminates it",
    promises: "it is settled as lost, as poisoned, and the run goes on",
    models: ["closed", "open"],
    mayLose: true,
    async strike(scene) {
      scene.struck();
      let isTaken = false;
      const capacity = {
        free: () => (isTaken ? 0 : 1),
        changed: () => new Promise<void>((resolve) => setTimeout(resolve, 10)),
      };
      await new Promise<void>((resolve, reject) => {
        const puller = scene.bus.pullSlices(
          "default",
          capacity,
          (delivery) => {
            isTaken = true;
            delivery.terminate("this worker cannot run it");
            void puller.stop().then(resolve);
          },
          reject,
        );
      });
    },
    complaints: isOneLost,
  },
  {
    name: "slice poisoned",
    does: "in a slice's place stands one that every worker gives back, until it was delivered too often",
    promises: "it is settled as lost, as poisoned, and the run goes on",
    models: ["open"],
    lengthS: 20,
    mayLose: true,
    async strike(scene) {
      const { subject, window } = subjectAhead(scene);
      const misfit = { kind: "closed", first: 0, ...timesOf(scene, window) };
      scene.struck();
      await putSlice(scene, subject, { ...misfit, revision: FIRST_REVISION });
    },
    complaints: isOneLost,
  },
  {
    name: "slice of no revision",
    does: "in a slice's place stands one of a revision that the run never had",
    promises: "the coordinator puts the planned one in its place; nothing is lost or missed",
    models: ["open"],
    async strike(scene) {
      const { subject, window } = subjectAhead(scene);
      const stray = { kind: "open", first: 0, count: 1, ...timesOf(scene, window) };
      scene.struck();
      await putSlice(scene, subject, { ...stray, revision: NO_REVISION });
    },
  },
];
