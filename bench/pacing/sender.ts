/**
 * One generator of ours in a process of its own, which sends at a rate for a while and writes how punctual it was.
 * Usage: node sender.js KIND URL RATE WARM_S SECONDS
 */

import { systemClock } from "../../libs/runtime/clock.ts";
import { createLagBook } from "./lags.ts";
import { runOpenWorker } from "./open-worker.ts";
import { runTickLoop } from "./tick-loop.ts";

/** The run goes on so long behind what is measured, so that its end is not in it. */
const BEHIND_S = 1;

const [kind, url = "", ...numbers] = process.argv.slice(2);
const [rate = 1, warmS = 0, seconds = 1] = numbers.map(Number);
const endS = warmS + seconds;
const book = createLagBook(Math.ceil(rate * (endS + BEHIND_S)) + 1);
const load = { url, rate, seconds: endS + BEHIND_S };

function start(): number {
  if (kind === "tick") return runTickLoop(systemClock, load, book.record);
  if (kind !== "worker" && kind !== "worker-timers") throw new RangeError(`there is no sender ${kind}`);
  return runOpenWorker({
    ...load,
    isFine: kind === "worker",
    observe: ({ intendedMs = 0, sentMs, doneMs }) => book.record(intendedMs, sentMs, doneMs),
  });
}

const t0Ms = start();
const cpuUs = () => process.cpuUsage().user + process.cpuUsage().system;
systemClock.after(t0Ms + warmS * 1000 - systemClock.nowMs(), () => {
  const beforeUs = cpuUs();
  systemClock.after(seconds * 1000, () => {
    const usedUs = cpuUs() - beforeUs;
    systemClock.after(BEHIND_S * 1000, () => {
      process.stdout.write(`${JSON.stringify(book.sum(warmS, endS, usedUs))}\n`, () => process.exit(0));
    });
  });
});
