/** The commands about the library, what is executed of it, and schedules; and their options. */

import { Argument, type Command, Option } from "commander";
import { LIBRARY_KINDS, RUNNABLE_KINDS } from "../../libs/protocol/library/documents.ts";
import * as library from "./commands/library.ts";
import { collectOverride, wholeNumber } from "./option-values.ts";
import type { Ends } from "./verb-commands.ts";

export function libraryCommands(program: Command, ends: Ends): void {
  const asks = (command: Command, description: string) =>
    command
      .description(description)
      .option("--nats <url>", "the NATS server of the system (NATS_URL)")
      .option("--json", "print the answer as JSON", false);
  const kind = () => new Argument("<kind>", "what it is").choices(LIBRARY_KINDS);
  const revision = () =>
    new Option("--revision <n>", "only if it is at this revision; 0: only if it is not there").argParser(
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
    );

  const group = program.command("library").description("scenarios, suites, plans and schedules");
  asks(group.command("list"), "list what is in the library")
    .addOption(new Option("--kind <kind>", "entries of this kind").choices(LIBRARY_KINDS))
    .action(ends(library.listCommand));
  asks(group.command("put"), "put YAML files into the library")
    .argument(
      "<files...>",
      "each a BenchmarkConfig, a Scenario, a Suite, a Plan or a Schedule; - is what comes in",
    )
    .addOption(revision())
    .action(ends(library.putCommand));
  asks(group.command("show"), "show an entry as it was written")
    .addArgument(kind())
    .argument("<name>")
    .action(ends(library.showCommand));
  asks(group.command("delete"), "delete an entry that no other one names")
    .addArgument(kind())
    .argument("<name>")
    .addOption(revision())
    .action(ends(library.deleteCommand));

  asks(program.command("launch"), "run a scenario, or execute a suite or a plan; prints the id")
    .addArgument(new Argument("<kind>").choices(RUNNABLE_KINDS))
    .argument("<name>")
    .option("--parameter <name=value>", "a parameter's value; may be repeated", collectOverride, [])
    .option("--set <path=value>", "set a value of every config; may be repeated", collectOverride, [])
    .option("--follow", "wait for the end, and exit as the verdict says", false)
    .action(ends(library.launchCommand));
  asks(program.command("executions"), "list executions, the newest first")
    .option("--limit <n>", "so many of them", wholeNumber(1, 500), 20)
    .action(ends(library.executionsCommand));
  asks(program.command("execution"), "show an execution, or stop it")
    .argument("<id>")
    .option("--stop", "stop it in order", false)
    .option("--reason <text>", "why it is stopped")
    .action(ends(library.executionCommand));
  asks(program.command("schedules"), "list schedules with their next starts").action(
    ends(library.schedulesCommand),
  );
  asks(program.command("schedule"), "show a schedule, pause it or let it go on")
    .argument("<name>")
    .option("--pause", "nothing starts until it is resumed", false)
    .addOption(new Option("--resume", "go on with it").default(false).conflicts("pause"))
    .action(ends(library.scheduleCommand));
}
