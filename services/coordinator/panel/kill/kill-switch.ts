/** The kill switch as this page last heard of it: asked for wherever one is in the panel, and known at once where it is turned here. */

import { batch, signal } from "@preact/signals";
import type { KillState } from "../../../../libs/protocol/kill.ts";
import { poll } from "../api/polling.ts";
import { getKillSwitch } from "../api/system-calls.ts";

const POLL_MS = 2000;

/** Undefined until the first answer. */
export const killState = signal<KillState | undefined>(undefined);
/** Why it is not known, or was not turned. */
export const killTrouble = signal<unknown>(undefined);

/** @returns stops it */
export function watchKillSwitch(): () => void {
  return poll(POLL_MS, () => takeKillState(getKillSwitch()));
}

export async function takeKillState(answer: Promise<KillState>): Promise<void> {
  try {
    const state = await answer;
    batch(() => {
      killState.value = state;
      killTrouble.value = undefined;
    });
  } catch (error) {
    killTrouble.value = error;
  }
}
