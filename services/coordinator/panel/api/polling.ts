/** Asks again and again, one question at a time, and only while somebody looks. */

/** @param work done at once, and each time some while after it was done; what it throws is its own affair to tell */
export function poll(everyMs: number, work: (signal: AbortSignal) => Promise<void>): () => void {
  const stop = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function round(): Promise<void> {
    timer = undefined;
    if (!document.hidden) await work(stop.signal).catch(() => undefined);
    if (!stop.signal.aborted) timer = setTimeout(() => void round(), everyMs);
  }

  function look(): void {
    if (document.hidden || timer === undefined) return;
    clearTimeout(timer);
    void round();
  }

  document.addEventListener("visibilitychange", look);
  void round();
  return () => {
    stop.abort();
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", look);
  };
}

/** @returns asks for the work: however often that is while it is under way, it is done once more behind the last time */
export function coalesced(work: () => Promise<void>): () => void {
  let isUnderWay = false;
  let isAsked = false;

  async function go(): Promise<void> {
    while (isAsked) {
      isAsked = false;
      await work();
    }
    isUnderWay = false;
  }

  return () => {
    isAsked = true;
    if (isUnderWay) return;
    isUnderWay = true;
    void go();
  };
}
