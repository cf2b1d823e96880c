/** The target's server as a leader asks it how it does: it tells late, badly, or something, and is started anew now and then. */

import type { Telemetry } from "../../libs/engines/engine.ts";
import type { Random } from "../../libs/load/random.ts";
import type { OpenServers } from "../../services/coordinator/run/servers/open-servers.ts";
import type { SimProcess } from "./process.ts";

/** One history in so many has a server that is asked: those in which a fault once showed stay as they were. */
const ASKED_ONE_IN = 10;
const ASKED_FIRST = 7;

export function isAsked(seed: number): boolean {
  return seed % ASKED_ONE_IN === ASKED_FIRST;
}

const SLOWEST_MS = 2000;
const LIFE_S = 20;

/** How one process opens the server. What it has asked is never answered once it is dead. */
export function simServers({ clock, act }: SimProcess, random: Random): OpenServers {
  function ask(): ReturnType<Telemetry["ask"]> {
    const isSlow = random() < 0.1;
    const isBad = random() < 0.1;
    const isGone = random() < 0.02;
    act();
    return new Promise((resolve) => {
      clock.after(isSlow ? SLOWEST_MS : 3, () => {
        if (isBad) resolve({ failure: "no answer within 2 s", isFinal: isGone });
        else resolve({ values: valuesAt(clock.nowMs() / 1000), identity: { version: "sim", flags: {} } });
      });
    });
  }
  return () => [{ ask, close: async () => undefined }];
}

function valuesAt(nowS: number) {
  const lifeS = nowS % LIFE_S;
  return {
    started_s: nowS - lifeS,
    cpu_s: lifeS / 2,
    queries: Math.floor(lifeS * 50),
    waits: Math.floor(lifeS * 10),
    executing: 2,
    places: 2,
    rss_bytes: 1e8,
  };
}
