/** Asks through the HTTP driver alone, by either lane. */

import type { HttpLane, Outcome } from "../../libs/engines/engine.ts";
import { scanLines } from "../../libs/engines/http/body.ts";
import { createHttpDriver, type HttpDriver } from "../../libs/engines/http/driver.ts";
import type { HttpRequest } from "../../libs/engines/http/request.ts";
import { systemClock } from "../../libs/runtime/clock.ts";

export const LANES: readonly HttpLane[] = ["socket", "undici"];

export interface Driving extends AsyncDisposable {
  readonly driver: HttpDriver;
  /** Asks once; what is not given takes its default. */
  ask(request?: Partial<HttpRequest>): Promise<Outcome>;
}

export function drive(url: URL, lane: HttpLane): Driving {
  const driver = createHttpDriver(url, systemClock.nowMs, { lane });
  return {
    driver,
    ask(request = {}) {
      const whole: HttpRequest = {
        method: "POST",
        path: "/",
        headers: [],
        body: "query=*",
        scan: scanLines,
        timeoutMs: 20_000,
        describe: () => "",
        ...request,
      };
      return new Promise((resolve) => {
        driver.send(whole, ({ outcome, detail, message, bytes, rows, sentMs, doneMs, resent = false }) =>
          resolve({ outcome, detail, message, bytes, rows, sentMs, doneMs, resent }),
        );
      });
    },
    [Symbol.asyncDispose]: driver.close,
  };
}
