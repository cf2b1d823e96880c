/** A server's page of metrics, asked for again and again over one connection, one request at a time. */

import type { OpenOptions } from "../engine.ts";
import { authHeader } from "./auth.ts";
import { openDriver } from "./driver.ts";
import { type Metric, type MetricsScan, MOST_PAGE_BYTES, scanMetrics } from "./metrics-scan.ts";
import type { HttpRequest } from "./request.ts";

/** A server that is busy answers late, and that is when its figures matter; more than this would tell of another moment. */
const PAGE_TIMEOUT_MS = 2000;

/** What the page said, or why it said nothing; what is final would be the same the next time. */
export type Page =
  | { readonly metrics: readonly Metric[] }
  | { readonly failure: string; readonly isFinal: boolean };

export interface MetricsPage {
  /** Not to be called again before it has resolved. Never rejects. */
  ask(): Promise<Page>;
  close(): Promise<void>;
}

/** Statuses that a server gives again and again: there is no such page, or not for us. */
const FINAL_STATUS = /^(400|401|403|404|405|410|501)$/;

/** @throws where the target's secrets are not to be had */
export function openMetricsPage(options: OpenOptions, isWanted: (name: string) => boolean): MetricsPage {
  const { target, resolveSecret } = options;
  const url = new URL(target.url);
  const driver = openDriver(options);
  let scan: MetricsScan | undefined;
  let isTooLong = false;
  const request: HttpRequest = {
    method: "GET",
    path: url.pathname,
    headers: [...Object.entries(target.headers).flat(), ...authHeader(target.auth, resolveSecret)],
    body: "",
    scan() {
      scan = scanMetrics(isWanted, () => {
        isTooLong = true;
        // Not from within the connection's own reading.
        queueMicrotask(driver.abortAll);
      });
      return scan;
    },
    timeoutMs: PAGE_TIMEOUT_MS,
    describe: () => `GET ${url.pathname}`,
  };

  function ask(): Promise<Page> {
    isTooLong = false;
    return new Promise((resolve) => {
      driver.send(request, ({ outcome, detail }) => {
        if (isTooLong)
          resolve({ failure: `the page is longer than ${MOST_PAGE_BYTES / 1e6} MB`, isFinal: true });
        else if (outcome === "ok") resolve({ metrics: scan?.metrics() ?? [] });
        else resolve(failureOf(outcome, detail));
      });
    });
  }

  return { ask, close: driver.close };
}

function failureOf(outcome: string, detail: string): Page {
  if (outcome === "timeout")
    return { failure: `no answer within ${PAGE_TIMEOUT_MS / 1000} s`, isFinal: false };
  if (outcome === "http_4xx" || outcome === "http_5xx")
    return { failure: `status ${detail}`, isFinal: FINAL_STATUS.test(detail) };
  const isFinal = outcome === "tls" || detail === "TARGET_REFUSED";
  return { failure: `${outcome} ${detail}`, isFinal };
}
