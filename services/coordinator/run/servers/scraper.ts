/**
 * Asks the target's servers how they do while the run lasts, one after the other, and puts what they say into the log of
 * results. Nothing of the run waits for it: what is not read in time, or not stored at once, is not there.
 */

import type { Bus } from "../../../../libs/bus/bus.ts";
import type { Telemetry, Told } from "../../../../libs/engines/engine.ts";
import type { BenchmarkConfig } from "../../../../libs/protocol/config/schema.ts";
import { metricsOf } from "../../../../libs/protocol/config/target.ts";
import { messageOf } from "../../../../libs/protocol/errors.ts";
import type { ServerEntry } from "../../../../libs/protocol/result.ts";
import { SERVER_LIMITS, type ServerSample } from "../../../../libs/protocol/server.ts";
import type { Clock } from "../../../../libs/runtime/clock.ts";
import type { Log } from "../../../../libs/runtime/log.ts";
import type { RunLog } from "../log.ts";
import type { OpenServers } from "./open-servers.ts";

export interface Scraper {
  /** Asks what is due: to be called often while the run is under way. */
  tick(): void;
  close(): Promise<void>;
}

export interface ScraperParts {
  readonly bus: Bus;
  /** This coordinator's name. */
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly config: BenchmarkConfig;
  readonly runLog: RunLog;
  /** Nobody is asked where it is not given. */
  readonly openServers?: OpenServers | undefined;
  readonly mayAct: () => boolean;
  /** Milliseconds since the run's start. */
  readonly runMs: () => number;
}

/** After so many failures in a row a server is asked seldom: it may be down, and is left alone. */
const PATIENCE = 5;
const SELDOM_MS = 30_000;

/** A server, and what is known of asking it. */
interface Asked {
  readonly telemetry: Telemetry;
  readonly server: number;
  failures: number;
  /** Not before this; never again where it is for good. */
  dueMs: number;
  /** What it was said to be, so that it is said once. */
  identity: string;
}

export function createScraper(parts: ScraperParts): Scraper {
  const { bus, clock, log, runLog, mayAct } = parts;
  const { id, epoch } = runLog.record();
  const { intervalMs } = metricsOf(parts.config.spec.target);
  let servers: readonly Asked[] | undefined;
  let nextMs = Number.NEGATIVE_INFINITY;
  let rounds = 0;
  let isAsking = false;
  let isClosed = false;

  function open(): readonly Asked[] {
    const opened = parts.openServers?.(parts.config, runLog.record()) ?? [];
    return opened.map((telemetry, server) => {
      return { telemetry, server, failures: 0, dueMs: Number.NEGATIVE_INFINITY, identity: "" };
    });
  }

  async function askAll(startedMs: number): Promise<void> {
    servers ??= open();
    const samples: ServerSample[] = [];
    for (const asked of servers) {
      if (asked.dueMs > startedMs || isClosed || !mayAct()) continue;
      samples.push(sampleOf(asked, await asked.telemetry.ask()));
    }
    if (samples.length > 0 && !isClosed && mayAct()) await store(samples);
  }

  function sampleOf(asked: Asked, told: Told): ServerSample {
    const place = { server: asked.server, at_ms: parts.runMs() };
    if ("failure" in told) {
      const failure = told.failure.slice(0, SERVER_LIMITS.wordsChars);
      if (asked.failures === 0)
        log.warn({ run_id: id, server: asked.server, failure }, "no figures of a server");
      asked.failures++;
      if (told.isFinal) asked.dueMs = Number.POSITIVE_INFINITY;
      else if (asked.failures >= PATIENCE) asked.dueMs = clock.nowMs() + SELDOM_MS;
      return { ...place, failure };
    }
    asked.failures = 0;
    const identity = JSON.stringify(told.identity);
    const isKnown = identity === asked.identity;
    asked.identity = identity;
    return { ...place, values: told.values, ...(!isKnown && { identity: told.identity }) };
  }

  /** Tried once: the next sample says more than this one tried again. */
  async function store(samples: ServerSample[]): Promise<void> {
    const entry: ServerEntry = { v: 1, kind: "server", run: id, lane: 0, epoch, node: parts.node, samples };
    const options = { id: `${id}.server.${epoch}.${rounds++}`, tries: 1, isWanted: mayAct };
    await bus.append(bus.names.subjects.result(id, entry.lane), entry, options);
  }

  return {
    tick() {
      const nowMs = clock.nowMs();
      if (isAsking || nowMs < nextMs || isClosed) return;
      nextMs = nowMs + intervalMs;
      isAsking = true;
      askAll(nowMs)
        .catch((error: unknown) =>
          log.warn({ run_id: id, err: messageOf(error) }, "figures of servers were lost"),
        )
        .finally(() => {
          isAsking = false;
        });
    },
    async close() {
      isClosed = true;
      await Promise.all((servers ?? []).map(({ telemetry }) => telemetry.close()));
    },
  };
}
