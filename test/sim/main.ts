/**
 * The simulator from the command line:
 *   npm run sim -- --seeds 1000 --first-seed 1     plays histories; ends with 1 when an invariant was broken
 *   npm run sim -- --seeds 1 --first-seed 42       one history, with all that happened in it
 *   npm run sim -- --seeds 1000 --paired           all runs are of two targets
 *   npm run sim -- --seeds 1000 --long             longer runs on a rougher network
 *   npm run sim -- --switches 10000                one history of so many changes of leaders, and what they leave behind
 *   npm run sim -- --mutations                     breaks the code on purpose, and shows that each break is seen
 */

import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { type Failure, playSeeds, type Summary } from "./batch.ts";
import { tryMutation, withCopy } from "./breakage.ts";
import { runHistory } from "./history.ts";
import { MUTATIONS } from "./mutations.ts";
import { playOnThreads } from "./pool.ts";
import { scenarioOf } from "./scenario.ts";
import { showSwitches } from "./show-switches.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    "first-seed": { type: "string", default: "1" },
    jobs: { type: "string", default: String(availableParallelism()) },
    paired: { type: "boolean", default: false },
    long: { type: "boolean", default: false },
    switches: { type: "string" },
    mutations: { type: "boolean", default: false },
    /** For the mutations: ends at the first violation, and says it as JSON. */
    "until-violation": { type: "boolean", default: false },
  },
});

const say = (words: string) => process.stdout.write(`${words}\n`);
const first = Number(values["first-seed"]);
const count = Number(values.seeds);
const { paired, long } = values;

if (values.mutations) await showMutations();
else if (values.switches) process.exitCode = (await showSwitches(Number(values.switches), first)) ? 0 : 1;
else if (values["until-violation"]) await showFirstViolation();
else if (count === 1) await showOne();
else await showMany();

async function showMany(): Promise<void> {
  const startedMs = performance.now();
  const seconds = () => (performance.now() - startedMs) / 1000;
  let toldS = 0;
  const tell = ({ histories, failures }: Summary) => {
    if (seconds() - toldS < 10) return;
    toldS = seconds();
    process.stderr.write(
      `${histories} of ${count} seeds, ${(histories / toldS).toFixed(0)}/s, ${failures.length} violated\n`,
    );
  };
  const summary = await playOnThreads(first, count, Number(values.jobs), tell, { paired, long });
  for (const failure of summary.failures) showFailure(failure);
  showSummary(summary, seconds());
  process.exitCode = summary.failures.length > 0 ? 1 : 0;
}

function showSummary(
  { histories, clean, events, virtualMs, figures, faults, failures }: Summary,
  seconds: number,
) {
  const faultsInAll = Object.values(faults).reduce((sum, times) => sum + times, 0);
  const listed = (counts: object) =>
    Object.entries(counts)
      .map(([name, times]) => `${name} ${times}`)
      .join(", ");
  say(
    `${histories} histories, ${clean} of them without a fault; ${events} events, ${(virtualMs / 3.6e6).toFixed(1)} virtual hours`,
  );
  say(`${seconds.toFixed(1)} s, ${(histories / seconds).toFixed(1)} seeds/s`);
  say(`${faultsInAll} faults: ${listed(faults)}`);
  say(listed(figures));
  say(failures.length === 0 ? "every invariant held" : `${failures.length} histories broke an invariant`);
}

function showFailure({ seed, violations, last }: Failure): void {
  say(last.join("\n"));
  for (const { invariant, words } of violations) say(`seed ${seed} broke ${invariant}: ${words}`);
  const flags = `${paired ? " --paired" : ""}${long ? " --long" : ""}`;
  say(`again: npm run sim -- --seeds 1 --first-seed ${seed}${flags}\n`);
}

async function showOne(): Promise<void> {
  const { scenario, trace, violations, figures, fingerprint, events, virtualMs } = await runHistory(
    scenarioOf(first, { paired, long }),
  );
  say(JSON.stringify(scenario, null, 1));
  say(trace.last(events).join("\n"));
  for (const { invariant, words } of violations) say(`seed ${first} broke ${invariant}: ${words}`);
  say(
    `${JSON.stringify(figures)}\n${events} events, ${(virtualMs / 1000).toFixed(1)} virtual seconds, fingerprint ${fingerprint}`,
  );
  process.exitCode = violations.length > 0 ? 1 : 0;
}

async function showFirstViolation(): Promise<void> {
  const { histories, failures } = await playSeeds(first, count, true);
  say(JSON.stringify({ histories, violation: failures[0]?.violations[0] ?? null }));
}

async function showMutations(): Promise<void> {
  let missed = 0;
  await withCopy((folder) => {
    for (const mutation of MUTATIONS) {
      const { seen, histories } = tryMutation(folder, mutation, count);
      const isRight = seen !== undefined && mutation.breaks.includes(seen);
      if (!isRight) missed++;
      say(
        `${isRight ? "seen  " : "MISSED"} ${mutation.name.padEnd(62)} ${seen ?? "nothing"} after ${histories} histories`,
      );
    }
  });
  say(missed === 0 ? `all ${MUTATIONS.length} mutations were seen` : `${missed} mutations went unseen`);
  process.exitCode = missed === 0 ? 0 : 1;
}
