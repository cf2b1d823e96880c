/**
 * Configs that running runs are to become: asked for, or written into the bucket of runs, where the leader takes them up. What
 * differs is changed if all of it can be changed while the run runs; else nothing is, and the run's log says why.
 */

import type { Bucket, Bus } from "../../libs/bus/bus.ts";
import { wantedOf } from "../../libs/load/wanted.ts";
import { ConfigProblems, type Problem } from "../../libs/protocol/config/problems.ts";
import { locateIn } from "../../libs/protocol/config/read.ts";
import type { BenchmarkConfig } from "../../libs/protocol/config/schema.ts";
import type { Target } from "../../libs/protocol/config/target.ts";
import { parseObject } from "../../libs/protocol/door.ts";
import { LogburstError, messageOf } from "../../libs/protocol/errors.ts";
import { Judged, judgedKey, type RunRecord, wantedKey } from "../../libs/protocol/run.ts";
import { type Clock, sleep } from "../../libs/runtime/clock.ts";
import type { Log } from "../../libs/runtime/log.ts";
import { isSameAuth } from "../../libs/runtime/secrets.ts";
import type { Caller } from "./api/guard.ts";
import { readSubmitted } from "./api/intake.ts";
import { type ChangeParts, changeRun } from "./api/verbs/change.ts";
import type { RunDriver } from "./run/driver.ts";

export interface WantedParts extends ChangeParts {
  readonly bus: Bus;
  readonly runs: Bucket;
  readonly clock: Clock;
  readonly log: Log;
  readonly sealKey: string | undefined;
  readonly holds: () => boolean;
  readonly live: ReadonlyMap<string, RunDriver>;
}

export interface WantedSpecs {
  /** Makes a run what a config says. @throws ConfigProblems, or why it cannot be changed now */
  apply(driver: RunDriver, text: string, caller: Caller): Promise<RunRecord>;
  close(): void;
}

/** The bucket is looked at when it is said that a spec was written, and now and then, should that have been lost. */
const LOOK_INTERVAL_MS = 5000;
/** What is heard may not be stored yet; by then it is. */
const STORED_BY_MS = 500;
/** Another change may be under way: this one follows it. */
const TRIES = 4;
const RETRY_PAUSE_MS = 500;
/** Problems that the run's log has of one config. */
const MAX_PROBLEMS = 20;

export function createWantedSpecs(parts: WantedParts): WantedSpecs {
  const { bus, runs, clock, log, live, holds } = parts;
  const looking = new Set<string>();

  /** @throws ConfigProblems, or why it cannot be changed now */
  async function change(driver: RunDriver, text: string, caller: Caller): Promise<void> {
    const { config } = readSubmitted(text);
    const wanted = wantedOf(driver.config, driver.record().changes, withKnownAuth(driver.config, config));
    if (wanted.kind === "same") return;
    if (wanted.kind === "refused") throw new ConfigProblems(locateIn(text, wanted.findings));
    await changeRun(parts, driver, { kind: "change", request: wanted.request }, caller);
  }

  /** A secret that was sealed twice looks like two. */
  function withKnownAuth({ spec: known }: BenchmarkConfig, config: BenchmarkConfig): BenchmarkConfig {
    const { target, targets } = config.spec;
    const opened = <T extends Target>(before: Target, now: T): T =>
      isSameAuth(before.auth, now.auth, parts.sealKey) ? { ...now, auth: before.auth } : now;
    const sides =
      targets && known.targets
        ? { a: opened(known.targets.a, targets.a), b: opened(known.targets.b, targets.b) }
        : targets;
    const aims = { target: opened(known.target, target), ...(sides && { targets: sides }) };
    return { ...config, spec: { ...config.spec, ...aims } };
  }

  async function apply(driver: RunDriver, text: string, caller: Caller): Promise<RunRecord> {
    const by = `${caller.name} over ${caller.via}`;
    for (let attempt = 1; ; attempt++) {
      try {
        await change(driver, text, caller);
        return driver.record();
      } catch (error) {
        if (attempt < TRIES && error instanceof LogburstError && error.code === "conflict") {
          await sleep(clock, RETRY_PAUSE_MS);
          continue;
        }
        if (!isPassing(error)) await driver.refuseSpec(by, problemsOf(error).slice(0, MAX_PROBLEMS));
        throw error;
      }
    }
  }

  /** Looks at what is wanted of a run, if anybody wants something new of it. */
  async function look(driver: RunDriver): Promise<void> {
    const { id, phase } = driver.record();
    if (phase !== "running" && phase !== "paused") return;
    const wanted = await runs.text(wantedKey(id));
    if (!wanted) return;
    const judged = parseObject(Judged, (await runs.get(judgedKey(id)))?.value);
    if (judged.ok && judged.value.revision >= wanted.revision) return;
    const { revision } = wanted;
    const problems = await judge(driver, wanted.text, writerOf(`${wantedKey(id)}, revision ${revision}`));
    if (!problems || !holds()) return;
    log.info({ run_id: id, revision, holds: problems.length === 0 }, "a wanted spec was looked at");
    const value: Judged = { v: 1, revision, at_ms: clock.nowMs(), holds: problems.length === 0, problems };
    await runs.put(judgedKey(id), value);
  }

  /** @returns undefined where it is not known yet */
  async function judge(driver: RunDriver, text: string, caller: Caller): Promise<Problem[] | undefined> {
    try {
      await apply(driver, text, caller);
      return [];
    } catch (error) {
      return !holds() || isPassing(error) ? undefined : problemsOf(error);
    }
  }

  function lookAt(id: string): void {
    const driver = live.get(id);
    if (!driver || looking.has(id)) return;
    looking.add(id);
    look(driver)
      .catch((error: unknown) =>
        log.warn({ run_id: id, err: messageOf(error) }, "a wanted spec cannot be read"),
      )
      .finally(() => looking.delete(id));
  }

  const { subjects, buckets } = bus.names;
  const written = bus.subscribe(subjects.keyWritten(buckets.runs, wantedKey("*")), (_data, subject) => {
    const id = subject.split(".").at(-1) ?? "";
    clock.after(STORED_BY_MS, () => lookAt(id));
  });
  const cancel = clock.every(LOOK_INTERVAL_MS, () => {
    for (const id of live.keys()) lookAt(id);
  });
  return {
    apply,
    close() {
      written.close();
      cancel();
    },
  };
}

/** Whoever wrote into the bucket: who may is NATS's to decide, but nobody knows them well enough to approve of anything. */
function writerOf(name: string): Caller {
  return { name, role: "operator", via: "NATS", authorization: undefined, address: undefined };
}

/** Nobody knows whether it holds: the next look tells. */
function isPassing(error: unknown): boolean {
  return error instanceof LogburstError && (error.code === "no_leader" || error.code === "bus_unavailable");
}

function problemsOf(error: unknown): Problem[] {
  if (error instanceof ConfigProblems) return [...error.problems];
  const remedy = error instanceof LogburstError ? error.remedies.join("; or ") : "";
  return [{ path: "(config)", message: messageOf(error), remedy: remedy || "ask again" }];
}
