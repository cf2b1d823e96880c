/**
 * One generator in a process of its own, which asks as fast as it can until it is ended.
 * Usage: node generator.js KIND URL CONNECTIONS
 */

import type { HttpLane } from "../../libs/engines/engine.ts";
import { scanLines } from "../../libs/engines/http/body.ts";
import { createHttpDriver } from "../../libs/engines/http/driver.ts";
import type { HttpRequest } from "../../libs/engines/http/request.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { BODY, CONTENT_TYPE, PATH } from "./queries.ts";
import { runWholeWorker } from "./whole-worker.ts";
import { runDispatchLoop, runSocketLoop } from "./yardsticks.ts";

/** The driver of the HTTP engines alone. */
function runDriver(url: string, connections: number, lane: HttpLane): void {
  const driver = createHttpDriver(new URL(url), systemClock.nowMs, { lane });
  const request: HttpRequest = {
    method: "POST",
    path: PATH,
    headers: ["content-type", CONTENT_TYPE],
    body: BODY,
    scan: scanLines,
    timeoutMs: 10_000,
    describe: () => PATH,
  };
  const ask = () =>
    driver.send(request, ({ outcome, message }) => {
      if (outcome !== "ok") throw new Error(message);
      ask();
    });
  for (let index = 0; index < connections; index++) ask();
}

const [kind, url = "", count = "1"] = process.argv.slice(2);
const connections = Number(count);
const loop = { url, connections, path: PATH, contentType: CONTENT_TYPE, body: BODY };
if (kind === "worker") runWholeWorker(url, connections);
else if (kind === "driver") runDriver(url, connections, "socket");
else if (kind === "driver-undici") runDriver(url, connections, "undici");
else if (kind === "dispatch") runDispatchLoop(loop);
else if (kind === "socket") runSocketLoop(loop);
else throw new RangeError(`there is no generator ${kind}`);
