/** When nothing may be sent any more: behind a stop or a kill, in a pause, while the kill switch is set. Who could not hear of it is excused. */

import type { RunEvent } from "../../libs/protocol/run.ts";
import { endOf } from "./inflict.ts";
import type { Scenario } from "./scenario.ts";
import type { SeenRun } from "./seen-runs.ts";
import type { Sent } from "./target.ts";

/** From the word, or from when it can be heard, to the last query. */
const BOUND_MS = 2000;
/** In the open model a query from before a pause may come so late where no place was free for it. */
const LATE_MS = 1000;
/** Another leader goes on within this where the one before is gone. */
const TAKEOVER_MS = 8000;
/** A word that is under way for longer than this comes too late by that alone. */
const SLOW_WORD_MS = 500;

/** A stretch in which a node, or where none is named everybody, may not hear. */
interface Deafness {
  readonly node: string | undefined;
  readonly fromMs: number;
  readonly toMs: number;
}

interface Word {
  readonly what: string;
  readonly saidMs: number;
  /** It takes a leader to make workers hear it. */
  readonly needsLeader: boolean;
}

export interface Silence {
  /** @returns what is wrong with sending it now, if anything is */
  sent(sent: Sent, runs: ReadonlyMap<string, SeenRun>): string | undefined;
  event(event: RunEvent): void;
  /** The log of results has a change of a run. */
  changed(run: SeenRun): void;
  switched(isSet: boolean): void;
}

const PAUSE = "pause";
const ENDS: readonly RunEvent["type"][] = ["threshold_crossed", "stopping", "killed"];

export function watchSilence(scenario: Scenario, nowMs: () => number): Silence {
  const { weather, coordinators } = scenario;
  const isRough = weather.loseOneIn > 0 || (weather.spikeOneIn > 0 && weather.spikeMs > SLOW_WORD_MS);
  const leaders = new Set(coordinators.map(({ node }) => node));
  const deafness = scenario.faults.flatMap((fault): Deafness[] => {
    if (fault.kind === "mood" || fault.kind === "stop") return [];
    const node = "node" in fault ? fault.node : undefined;
    const afterMs = node === undefined || leaders.has(node) ? TAKEOVER_MS : 0;
    return [{ node, fromMs: fault.atMs, toMs: endOf(fault) + afterMs }];
  });
  /** What was said last of a run that bids silence. */
  const words = new Map<string, Word>();
  let toAll: Word | undefined;

  /** Since when a node has heard a word; never where it may be deaf now. */
  function heardMs({ saidMs, needsLeader }: Word, node: string): number {
    let sinceMs = saidMs;
    for (const deaf of deafness) {
      const matters =
        deaf.node === undefined || deaf.node === node || (needsLeader && leaders.has(deaf.node));
      if (!matters || deaf.fromMs > nowMs()) continue;
      if (deaf.toMs >= nowMs()) return Number.POSITIVE_INFINITY;
      sinceMs = Math.max(sinceMs, deaf.toMs);
    }
    return sinceMs;
  }

  /** What bids silence to a target. Where several runs ask it, it is not known whose a query is. */
  function wordTo(url: string, runs: ReadonlyMap<string, SeenRun>): Word | undefined {
    if (toAll) return toAll;
    if (words.size === 0) return undefined;
    let found: string | undefined;
    for (const run of runs.values()) {
      if (run.url !== url) continue;
      if (found !== undefined) return undefined;
      found = run.id;
    }
    return found === undefined ? undefined : words.get(found);
  }

  return {
    sent({ url, process }, runs) {
      const word = isRough ? undefined : wordTo(url, runs);
      if (!word) return undefined;
      const boundMs = BOUND_MS + (word.what === PAUSE ? LATE_MS : 0);
      const lateMs = nowMs() - heardMs(word, process.node) - boundMs;
      if (lateMs <= 0) return undefined;
      return `${process.name} sent to ${url} ${lateMs} ms later than it may after: ${word.what}`;
    },
    event({ run, type }) {
      const known = words.get(run)?.what;
      if (ENDS.includes(type) && (known === undefined || known === PAUSE))
        words.set(run, { what: type, saidMs: nowMs(), needsLeader: true });
    },
    changed({ id, config, fold }) {
      // What is late is sent however late it is.
      if (config.spec.late === "replay") return;
      const known = words.get(id)?.what;
      const { isPaused } = fold.course.revised();
      if (known === undefined && isPaused) words.set(id, { what: PAUSE, saidMs: nowMs(), needsLeader: true });
      else if (known === PAUSE && !isPaused) words.delete(id);
    },
    switched(isSet) {
      if (!isSet) toAll = undefined;
      else toAll ??= { what: "kill switch", saidMs: nowMs(), needsLeader: false };
    },
  };
}
