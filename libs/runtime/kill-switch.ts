/**
 * The kill switch as a process knows it. Its word is heard at once, as a message that may be lost; its state stands in a
 * bucket, which has the last word. Any message on its subject sets it, so that `nats pub` will do; only the bucket clears it.
 */

import type { Bucket, Bus } from "../bus/bus.ts";
import { parseMessage, parseObject } from "../protocol/door.ts";
import { KILL_KEY, KillState, NOT_KILLED } from "../protocol/kill.ts";
import type { Clock } from "./clock.ts";

export interface KillSwitch {
  /** The state while it is set. */
  killed(): KillState | undefined;
  /** Looks at the bucket; to be called where a message may have been missed. Resolves also when the bucket does not answer. */
  look(): Promise<void>;
  close(): void;
}

export interface KillEars {
  /** It is set: load must end now. Called once until it is cleared. */
  set(state: KillState): void;
  cleared?(): void;
}

export interface KillWatchOptions {
  /** Stores what was heard on the subject from somebody who did not: for those of whom there are few. */
  readonly stores: boolean;
  /** Looks at the bucket again and again, also while it is not set. */
  readonly alwaysLooks: boolean;
}

const LOOK_INTERVAL_MS = 1000;
/**
 * A word that nobody has stored holds for so long: until then every slice that was in the queue has been delivered, or was
 * given up.
 */
const UNSTORED_HOLD_MS = 10_000;
const MAX_REASON_CHARS = 200;

export function watchKillSwitch(
  bus: Bus,
  clock: Clock,
  ears: KillEars,
  options: KillWatchOptions,
): KillSwitch {
  let state: KillState | undefined;
  let heardMs = 0;
  let wasStored = false;
  let toStore: KillState | undefined;
  let looking: Promise<void> | undefined;
  let bucket: Promise<Bucket> | undefined;

  function openBucket(): Promise<Bucket> {
    bucket ??= bus.settingsBucket().catch((error: unknown) => {
      bucket = undefined;
      throw error;
    });
    return bucket;
  }

  function engage(next: KillState): void {
    const isNew = state === undefined;
    state = next;
    heardMs = clock.nowMs();
    if (isNew) ears.set(next);
  }

  function hear(data: Uint8Array): void {
    const parsed = parseMessage(KillState, data);
    if (parsed.ok && !parsed.value.set) {
      void look();
      return;
    }
    const said = parsed.ok ? parsed.value : byHand(data, clock.nowMs());
    if (options.stores && !parsed.ok) toStore = said;
    engage(said);
    void look();
  }

  async function compare(): Promise<void> {
    const settings = await openBucket();
    const entry = await settings.get(KILL_KEY);
    const stored = stateOf(entry?.value);
    if (stored.set) {
      wasStored = true;
      toStore = undefined;
      if (!state) engage(stored);
    } else if (toStore) {
      if (entry) await settings.update(KILL_KEY, toStore, entry.revision);
      else await settings.create(KILL_KEY, toStore);
    } else if (
      state &&
      (wasStored || stored.at_ms >= state.at_ms || clock.nowMs() - heardMs > UNSTORED_HOLD_MS)
    ) {
      state = undefined;
      wasStored = false;
      ears.cleared?.();
    }
  }

  /** One look at a time; one that is asked for during another follows it. */
  function look(): Promise<void> {
    const next = (looking ?? Promise.resolve()).then(compare).catch(() => undefined);
    looking = next;
    return next;
  }

  void look();
  const subscription = bus.subscribe(bus.names.subjects.kill, hear);
  const cancel = clock.every(LOOK_INTERVAL_MS, () => {
    if (state || options.alwaysLooks) void look();
  });
  return {
    killed: () => state,
    look,
    close() {
      cancel();
      subscription.close();
    },
  };
}

/** A word by hand: whatever it says is the reason. */
function byHand(data: Uint8Array, nowMs: number): KillState {
  const text = new TextDecoder().decode(data).trim().slice(0, MAX_REASON_CHARS);
  return { v: 1, set: true, reason: text || "no reason was given", by: "a message on the bus", at_ms: nowMs };
}

/** Sets or clears it: says so first where load is to end, and stores it. Needs no leader. */
export async function turnKillSwitch(bus: Bus, state: KillState): Promise<void> {
  const { kill } = bus.names.subjects;
  if (state.set) bus.publish(kill, state);
  await (await bus.settingsBucket()).put(KILL_KEY, state);
  // Again: whoever looked at the bucket before it was there looks once more.
  bus.publish(kill, state);
}

/** The state as it is stored. */
export async function killStateOf(bus: Bus): Promise<KillState> {
  const entry = await (await bus.settingsBucket()).get(KILL_KEY);
  return stateOf(entry?.value);
}

/** What a stored value says; none, and one that is no state, set nothing. */
function stateOf(stored: unknown): KillState {
  if (stored === undefined) return NOT_KILLED;
  const parsed = parseObject(KillState, stored);
  return parsed.ok ? parsed.value : NOT_KILLED;
}
