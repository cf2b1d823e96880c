/** The kill switch as a coordinator hears it: all the time, also while it stands by, and on behalf of whoever says it by hand. */

import type { Bus } from "../../../libs/bus/bus.ts";
import type { Clock } from "../../../libs/runtime/clock.ts";
import { type KillSwitch, watchKillSwitch } from "../../../libs/runtime/kill-switch.ts";
import type { Log } from "../../../libs/runtime/log.ts";

export function hearKillSwitch(bus: Bus, clock: Clock, log: Log): KillSwitch {
  const ears = {
    set: ({ reason, by }: { reason: string; by: string }) =>
      log.warn({ reason, by }, "the kill switch is set: all load ends, and nothing starts"),
    cleared: () => log.info("the kill switch is cleared"),
  };
  return watchKillSwitch(bus, clock, ears, { stores: true, alwaysLooks: true });
}
