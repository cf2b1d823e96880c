/** What a log's requests come to: the distinct questions with how often each was asked, and how many came in each second. */

import type { Question } from "./question.ts";

export interface Asked {
  readonly question: Question;
  times: number;
}

export interface Gathered {
  /** @param atMs when it was asked, if that is known. @returns false where there are too many distinct ones already */
  add(question: Question, atMs: number | undefined): boolean;
  /** The most frequent ones first. */
  asked(): Asked[];
  requests(): number;
  /** Requests by second; nothing where no line says a time. */
  course(): Course | undefined;
}

export interface Course {
  readonly fromS: number;
  /** Of the last request, and one more. */
  readonly toS: number;
  /** @returns how many came between two times, in seconds from the first request on */
  between(fromS: number, toS: number): number;
}

/** Distinct questions that are held at a time: many more than a config can have. */
const MAX_DISTINCT = 100_000;

export function createGathered(): Gathered {
  const kinds = new Map<string, Asked>();
  const seconds = new Map<number, number>();
  let requests = 0;
  return {
    add(question, atMs) {
      const key = JSON.stringify(question);
      const known = kinds.get(key);
      if (!known && kinds.size >= MAX_DISTINCT) return false;
      if (known) known.times++;
      else kinds.set(key, { question, times: 1 });
      requests++;
      if (atMs !== undefined) {
        const second = Math.floor(atMs / 1000);
        seconds.set(second, (seconds.get(second) ?? 0) + 1);
      }
      return true;
    },
    asked: () => [...kinds.values()].sort((a, b) => b.times - a.times),
    requests: () => requests,
    course: () => (seconds.size === 0 ? undefined : courseOf(seconds)),
  };
}

function courseOf(seconds: ReadonlyMap<number, number>): Course {
  const sorted = [...seconds].sort(([a], [b]) => a - b);
  const fromS = sorted[0]?.[0] ?? 0;
  return {
    fromS,
    toS: (sorted.at(-1)?.[0] ?? 0) + 1,
    between: (from, to) =>
      sorted.reduce((sum, [at, times]) => (at - fromS >= from && at - fromS < to ? sum + times : sum), 0),
  };
}
