/** Makes the worker known: a heartbeat each second, and at once when its muster slices change. */

import type { Bus } from "../../../libs/bus/bus.ts";
import { HEARTBEAT_INTERVAL_MS, type Heartbeat } from "../../../libs/protocol/node.ts";
import type { Clock } from "../../../libs/runtime/clock.ts";

export interface Registrar {
  /** Something changed that others wait for: the next heartbeat is sent soon. */
  hurry(): void;
  close(): void;
}

/** Changes within this time share one heartbeat. */
const HURRY_MS = 20;

/** @param describe what the worker has to say of itself now */
export function startRegistrar(bus: Bus, clock: Clock, describe: () => Heartbeat): Registrar {
  let cancelHurry: (() => void) | undefined;

  function beat(): void {
    const heartbeat = describe();
    bus.publish(bus.names.subjects.heartbeat(heartbeat.node_id), heartbeat);
  }

  const presence = bus.serve(bus.names.subjects.presence(describe().node_id), () => ({}));
  const cancel = clock.every(HEARTBEAT_INTERVAL_MS, beat);
  beat();
  return {
    hurry() {
      cancelHurry ??= clock.after(HURRY_MS, () => {
        cancelHurry = undefined;
        beat();
      });
    },
    close() {
      cancel();
      presence.close();
      cancelHurry?.();
      beat();
    },
  };
}
