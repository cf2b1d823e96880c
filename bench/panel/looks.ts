/** How a page of the panel bears a busy run: what it keeps its browser's main thread busy with, and how large it is. */

import type { Page } from "playwright-core";
import { systemClock } from "../../libs/runtime/clock.ts";

/** What is looked at. */
export interface Look {
  readonly name: string;
  /** Does to the page what somebody would who wants to see that. */
  open(page: Page): Promise<void>;
}

export interface Seen {
  /** Share of the time in which the main thread was at work. */
  readonly busy: number;
  /** The longest that it answered to nothing; 0 where no task took 50 ms, which is as much as nobody notices. */
  readonly longestMs: number;
  readonly elements: number;
  readonly heapMb: number;
}

/** What a browser calls a long task, kept by the page itself. */
const WATCH_LONG_TASKS = `
  globalThis.longTasksMs = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longTasksMs.push(duration);
  }).observe({ type: "longtask" });`;
const HEAP_MB = 1_000_000;

/** To be called before the page is opened. */
export async function watchLongTasks(page: Page): Promise<void> {
  await page.addInitScript(WATCH_LONG_TASKS);
}

/** @param pass lets the time pass in which the page is watched */
export async function watch(page: Page, pass: () => Promise<void>): Promise<Seen> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  async function figures(): Promise<ReadonlyMap<string, number>> {
    const { metrics } = await session.send("Performance.getMetrics");
    return new Map(metrics.map(({ name, value }) => [name, value]));
  }
  await page.evaluate("longTasksMs.length = 0");
  const before = await figures();
  const sinceMs = systemClock.nowMs();
  await pass();
  const after = await figures();
  const seconds = (systemClock.nowMs() - sinceMs) / 1000;
  const busyS = (after.get("TaskDuration") ?? 0) - (before.get("TaskDuration") ?? 0);
  await session.detach();
  return {
    busy: busyS / seconds,
    longestMs: await page.evaluate<number>("Math.max(0, ...longTasksMs)"),
    elements: await page.evaluate<number>('document.getElementsByTagName("*").length'),
    heapMb: (after.get("JSHeapUsedSize") ?? 0) / HEAP_MB,
  };
}
