/**
 * What follows from answers: users that ask again at once do so together, behind the answers of others that are here already. To a
 * target that has nothing to do a question is a wake-up, which costs its sender more than the question itself; those that come
 * right behind it find it awake. And no answer is read later than it came because a question went first.
 */

export interface FollowUps {
  /** Calls back when this turn's answers are read, or so many of them. */
  add(call: FollowUp): void;
}

/** @param nowMs the reference time at which those that are called together begin */
export type FollowUp = (nowMs: number) => void;

/** So many at the most: the first one waits for the reading of so many answers, some tens of microseconds. */
export const TOGETHER = 32;

/** @param nextTurn calls back behind whatever has come until then; where it is not given, nobody waits for others */
export function createFollowUps(
  now: () => number,
  nextTurn: ((call: () => void) => void) | undefined,
): FollowUps {
  let calls: FollowUp[] = [];
  /** Emptied, to be filled next. */
  let spare: FollowUp[] = [];
  let isDue = false;

  function callAll(): void {
    const due = calls;
    calls = spare;
    const nowMs = now();
    for (const call of due) call(nowMs);
    due.length = 0;
    spare = due;
  }

  function endTurn(): void {
    isDue = false;
    callAll();
  }

  return {
    add(call) {
      if (!nextTurn) {
        call(now());
        return;
      }
      calls.push(call);
      if (calls.length >= TOGETHER) callAll();
      else if (!isDue) {
        isDue = true;
        nextTurn(endTurn);
      }
    },
  };
}
