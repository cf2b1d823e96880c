/** Cron expressions in a time zone: when the next start is. Only arithmetic: no timer runs here. */

import { Cron } from "croner";

export interface CronTimes {
  /** The first start behind a time; undefined where there is none. */
  next(afterMs: number): number | undefined;
}

/** Why an expression or a time zone cannot be used. */
export interface CronFault {
  readonly field: "cron" | "time_zone";
  readonly message: string;
}

/** @param expression five fields, or six with seconds first */
export function readCron(expression: string, timeZone: string): CronTimes | CronFault {
  if (!isTimeZone(timeZone)) return { field: "time_zone", message: "is not a known time zone" };
  let cron: Cron;
  try {
    cron = new Cron(expression, { timezone: timeZone, mode: "5-or-6-parts" });
  } catch (error) {
    return { field: "cron", message: `is not a cron expression: ${wordsOf(error)}` };
  }
  return { next: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime() };
}

function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: name }));
  } catch {
    return false;
  }
}

function wordsOf(error: unknown): string {
  return (error as Error).message.replace(/^CronPattern: /, "");
}
