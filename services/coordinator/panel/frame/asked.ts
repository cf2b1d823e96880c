/** What a page asks again and again while it is looked at, with what came of it. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { poll } from "../api/polling.ts";

export interface Asked<T> {
  readonly found: Signal<T | undefined>;
  readonly error: Signal<unknown>;
  /** Does something and asks anew. */
  after(work: Promise<unknown>): Promise<void>;
}

/** @param key what the question is about: another one is asked at once */
export function useAsked<T>(key: string, everyMs: number, ask: () => Promise<T>): Asked<T> {
  const found = useSignal<T | undefined>(undefined);
  const error = useSignal<unknown>(undefined);
  async function look(): Promise<void> {
    try {
      found.value = await ask();
      error.value = undefined;
    } catch (trouble) {
      error.value = trouble;
    }
  }
  useEffect(() => {
    found.value = undefined;
    return poll(everyMs, look);
  }, [key]);
  return {
    found,
    error,
    async after(work) {
      try {
        await work;
        await look();
      } catch (trouble) {
        error.value = trouble;
      }
    },
  };
}
