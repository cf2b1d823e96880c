/** `logburst validate CONFIG`: says what is wrong with a config, or what it would run. */

import { plannedDurationMs, plannedPerQuery, planOf } from "../../../libs/load/plan.ts";
import { scheduleHash } from "../../../libs/load/schedule-hash.ts";
import { writtenQueries } from "../../../libs/protocol/config/sides.ts";
import { EXIT_CODES, type ExitCode } from "../../../libs/protocol/exit-codes.ts";
import { count, durationText } from "../../../libs/report/words.ts";
import { readConfigFile } from "../config-file.ts";
import { overridesOf, type RunOptions } from "./run.ts";

export function validateCommand(
  file: string,
  options: Pick<RunOptions, "set" | "seed" | "target">,
): ExitCode {
  const { config } = readConfigFile(file, overridesOf(options));
  const { search } = config.spec.workload;
  if (search) {
    const { from, to, load } = search;
    const unit = load === "open" ? "queries per second" : "users";
    process.stdout.write(`${config.metadata.name}: ok · search from ${from} to ${to} ${unit}\n`);
    return EXIT_CODES.passed;
  }
  const plan = planOf(config, config.spec.seed ?? 0);
  const planned = plannedPerQuery(plan)?.reduce((sum, times) => sum + times, 0);
  const durationMs = plannedDurationMs(plan);
  const words = [
    `${config.metadata.name}: ok`,
    `${plan.model} model`,
    durationMs === undefined ? "no time limit" : durationText(durationMs),
    planned === undefined
      ? `${count(plan.model === "closed" ? plan.users : 0)} users`
      : `${count(planned)} queries`,
    `${writtenQueries(config.spec).length} kinds of queries${config.spec.targets ? " on two targets" : ""}`,
    `${plan.lanes} lanes`,
    `${plan.slotsNeeded} slots`,
    config.spec.seed === undefined ? "seed drawn at each run" : `schedule ${scheduleHash(config, plan)}`,
  ];
  process.stdout.write(`${words.join(" · ")}\n`);
  return EXIT_CODES.passed;
}
