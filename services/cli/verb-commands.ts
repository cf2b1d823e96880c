/** The commands that ask a running system for one thing each, and their options. */

import { type Command, Option } from "commander";
import type { ExitCode } from "../../libs/protocol/exit-codes.ts";
import { LOG_LEVELS } from "../../libs/protocol/log-line.ts";
import { Phase } from "../../libs/protocol/run.ts";
import { SERIES_KINDS, SERIES_PHASES } from "../../libs/protocol/series.ts";
import { killCommand } from "./commands/kill.ts";
import { logsCommand } from "./commands/logs.ts";
import { podsCommand } from "./commands/pods.ts";
import { listSeriesCommand, showSeriesCommand, stopSeriesCommand } from "./commands/series.ts";
import { auditCommand, settingsCommand } from "./commands/settings.ts";
import { slicesCommand } from "./commands/slices.ts";
import * as verbs from "./commands/verbs.ts";
import { collectOverride, collectWeight, moment, positive, wholeNumber } from "./option-values.ts";

/** Makes the end of a command the end of the process. */
export type Ends = (
  work: (...args: never[]) => ExitCode | Promise<ExitCode>,
) => (...args: unknown[]) => Promise<void>;

const RUN = "the id of a run";

export function verbCommands(program: Command, ends: Ends): void {
  const verb: VerbCommand = (name, description, parent = program) =>
    parent
      .command(name)
      .description(description)
      .option("--nats <url>", "the NATS server of the system (NATS_URL)")
      .option("--json", "print the answer as JSON", false);

  verb("list", "list runs, the newest first")
    .option("--name <text>", "runs whose names contain this")
    .addOption(new Option("--phase <phase>", "runs in this phase").choices(Phase.options))
    .option("--label <name=value>", "runs with this label")
    .option("--since <time>", "runs that were accepted at this time or later", moment)
    .option("--until <time>", "runs that were accepted before this time", moment)
    .option("--limit <n>", "so many runs", wholeNumber(1, 500), 20)
    .action(ends(verbs.listCommand));
  verb("show", "show a run: its state, its notes, what happened to it")
    .argument("<run>", RUN)
    .option("--config", "show its config instead, without its secrets", false)
    .action(ends(verbs.showCommand));
  verb("start", "start a run that was only accepted").argument("<run>", RUN).action(ends(verbs.startCommand));
  verb("approve", "let a run begin that awaits approval")
    .argument("<run>", RUN)
    .option("--reason <text>", "why, for the run's log")
    .action(ends(verbs.approveCommand));
  verb("reject", "refuse a run that awaits approval")
    .argument("<run>", RUN)
    .requiredOption("--reason <text>", "why, for the run's log")
    .action(ends(verbs.rejectCommand));
  verb("stop", "stop a run in order: nothing more is sent, and there is a report")
    .argument("<run>", RUN)
    .option("--reason <text>", "why, for the run's log")
    .action(ends(verbs.stopCommand));
  verb("pause", "pause a run, for an hour at most").argument("<run>", RUN).action(ends(verbs.pauseCommand));
  verb("resume", "go on with a paused run").argument("<run>", RUN).action(ends(verbs.resumeCommand));
  verb("change", "change the load of a run while it runs")
    .argument("<run>", RUN)
    .option("--rate <n>", "open: queries per second from now on", positive)
    .option("--users <n>", "closed: users from now on", wholeNumber(1, 1_000_000))
    .option("--weight <query=n>", "a query's weight; may be repeated", collectWeight, {})
    .action(ends(verbs.changeCommand));
  verb("apply", "make a running run what a config says, if all that differs can be changed while it runs")
    .argument("<run>", RUN)
    .argument("<config>", "the config as it is to be")
    .action(ends(verbs.applyCommand));
  verb("clone", "run a run's config again, with its seed; prints the new run's id")
    .argument("<run>", RUN)
    .option("--set <path=value>", "set a value of the config; may be repeated", collectOverride, [])
    .option("--no-start", "only accept it")
    .action(ends(verbs.cloneCommand));
  bookVerbs(verb, ends);
  seriesCommands(
    program.command("series").description("list, show and stop repeats and searches"),
    verb,
    ends,
  );
  killVerb(program, ends);
}

type VerbCommand = (name: string, description: string, parent?: Command) => Command;

/** What is written about runs, and what there is to read. */
function bookVerbs(verb: VerbCommand, ends: Ends): void {
  verb("annotate", "write a note about a run, or list its notes where there is no text")
    .argument("<run>", RUN)
    .argument("[text]", "the note")
    .option("--issue", "open an issue with this text", false)
    .addOption(noteOption("--close <n>", "close an issue; a text takes the place of its own"))
    .addOption(noteOption("--reopen <n>", "open an issue again").conflicts("close"))
    .action(ends(verbs.annotateCommand));
  verb("delete", "delete runs that are not live, with all that is stored of them")
    .argument("<runs...>", "ids of runs")
    .action(ends(verbs.deleteCommand));
  verb("slices", "show the slices of a run that are out: which, and who holds them")
    .argument("<run>", RUN)
    .option("--settled", "show what became of those that are settled, from the first on", false)
    .option("--lane <n>", "of this lane", wholeNumber(0, 1_000_000))
    .option("--limit <n>", "so many slices", wholeNumber(1, 500), 100)
    .action(ends(slicesCommand));
  verb("pods", "in a cluster: list Logburst's own Pods, or show one with what the cluster says of it")
    .argument("[pod]", "the name of a Pod, which is its node's id too")
    .option("--logs", "the end of its log in place of its events", false)
    .option("--previous", "the end of the log before its last restart", false)
    .option("--lines <n>", "so many lines of it", wholeNumber(1, 5000), 200)
    .action(ends(podsCommand));
  verb("nodes", "list the workers").argument("[node]", "this one alone").action(ends(verbs.nodesCommand));
  verb("logs", "show the last log lines about a run, or of a service")
    .argument("[run]", RUN)
    .option("--node <id>", "of this worker, coordinator or aggregator")
    .addOption(new Option("--level <level>", "of this level and graver").choices(LOG_LEVELS))
    .option("--limit <n>", "the last lines, so many of them", wholeNumber(1, 500), 100)
    .option("--follow", "go on with each line as it comes, until Ctrl-C", false)
    .action(ends(logsCommand));
  settingsCommands(verb, ends);
}

/** What is set for all services, and who set what. */
function settingsCommands(verb: VerbCommand, ends: Ends): void {
  verb("settings", "show what is in force and what is set for all services; or set it, from a file")
    .argument("[file]", "a ServiceSettings document; what it says is set as a whole")
    .option("--check", "only check the file", false)
    .action(ends(settingsCommand));
  verb("audit", "show what was set, by whom and when, and what was refused")
    .option("--limit <n>", "so many entries", wholeNumber(1, 200), 50)
    .action(ends(auditCommand));
}

function killVerb(program: Command, ends: Ends): void {
  program
    .command("kill")
    .argument("[run]", "the id of a run: what it has in flight is cut short")
    .description("end a run at once; or all load, on all workers: while that switch is set nothing starts")
    .option("--all", "set the switch")
    .option("--clear", "clear it: runs may start again")
    .option("--state", "show whether it is set, by whom and why")
    .option("--reason <text>", "why, for every run's log", "asked for on the command line")
    .option("--nats <url>", "the NATS server to use (NATS_URL)")
    .action(ends(killCommand));
}

/** The number of a note that is changed, where none is written. */
function noteOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser(wholeNumber(1, 1_000_000)).conflicts("issue");
}

const SERIES = "the id of a series";

function seriesCommands(series: Command, verb: VerbCommand, ends: Ends): void {
  verb("list", "list series of runs, the newest first", series)
    .option("--name <text>", "series whose names contain this")
    .addOption(new Option("--kind <kind>", "repeats, or searches").choices(SERIES_KINDS))
    .addOption(new Option("--phase <phase>", "series in this phase").choices(SERIES_PHASES))
    .option("--limit <n>", "so many series", wholeNumber(1, 500), 20)
    .action(ends(listSeriesCommand));
  verb("show", "show a series: its runs so far, and what a search has found", series)
    .argument("<series>", SERIES)
    .action(ends(showSeriesCommand));
  verb("stop", "stop a series: its live run is stopped in order, and none follows", series)
    .argument("<series>", SERIES)
    .option("--reason <text>", "why, for the run's log")
    .action(ends(stopSeriesCommand));
}
