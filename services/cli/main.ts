/** The command line: its commands, their options, and the exit codes that they end with. */

import { Argument, Command, Option } from "commander";
import { DEFAULT_MIN_EFFECT } from "../../libs/compare/rows.ts";
import { REPORT_FORMATS } from "../../libs/protocol/config/formats.ts";
import { ConfigProblems, formatProblem } from "../../libs/protocol/config/problems.ts";
import { LogburstError, messageOf } from "../../libs/protocol/errors.ts";
import { EXIT_CODES, type ExitCode } from "../../libs/protocol/exit-codes.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { readEnvironment } from "../../libs/runtime/config.ts";
import { VERSION } from "../../libs/runtime/version.ts";
import { SCHEMAS, schemaCommand } from "./commands/schema.ts";
import { BadConfigFile } from "./config-file.ts";
import { libraryCommands } from "./library-commands.ts";
import { collectOverride, positive, share, wholeNumber } from "./option-values.ts";
import { type Ends, verbCommands } from "./verb-commands.ts";

export async function main(): Promise<void> {
  let exitCode: ExitCode = EXIT_CODES.passed;
  const ends =
    (work: (...args: never[]) => ExitCode | Promise<ExitCode>) =>
    async (...args: unknown[]) => {
      exitCode = await (work as (...all: unknown[]) => ExitCode | Promise<ExitCode>)(...args);
    };
  try {
    await programOf(ends).parseAsync();
  } catch (error) {
    exitCode = explain(error);
  }
  process.exitCode = exitCode;
}

type Work<A extends never[]> = (...args: A) => ExitCode | Promise<ExitCode>;

/** A command of which nothing is loaded before it is asked for: the others begin sooner. */
function later<A extends never[]>(load: () => Promise<Work<A>>): Work<A> {
  return async (...args) => (await load())(...args);
}

function programOf(ends: Ends): Command {
  const program = new Command("logburst")
    .description("Distributed load tester for log databases: exact books, honest latency, elastic workers.")
    .version(VERSION)
    .showHelpAfterError();

  configOptions(program.command("run").argument("<config>", "a BenchmarkConfig in YAML or JSON"))
    .description("run a benchmark: on a running system, or with --local on a private one")
    .option("--local", "start NATS, coordinator, aggregator and workers here, for this run alone", false)
    .option("--workers <n>", "with --local: worker processes", wholeNumber(1, 64))
    .option("--nats <url>", "the NATS server to use (NATS_URL)")
    .option("--out <folder>", "write report.json, report.csv and report.html there")
    .option("--json", "print the report as JSON", false)
    .option("--quiet", "print nothing but errors", false)
    .addOption(
      new Option("--no-start", "have it accepted and no more; prints its id for logburst start").conflicts(
        "local",
      ),
    )
    .option("--watch", "make what is edited in the config while it runs a change of the run", false)
    .action(ends(later(async () => (await import("./commands/run.ts")).runCommand)));

  configOptions(program.command("validate").argument("<config>", "a file, or - for what comes in"))
    .description("check a config and say what it would run")
    .action(ends(later(async () => (await import("./commands/validate.ts")).validateCommand)));

  importCommands(program, ends);
  reportCommands(program, ends);
  verbCommands(program, ends);
  libraryCommands(program, ends);
  deploymentCommands(program, ends);

  program
    .command("doctor")
    .description("look at what a run needs on this machine")
    .action(ends(later(async () => (await import("./commands/doctor.ts")).doctorCommand)));

  configOptions(program.command("demo"))
    .description(
      "the main job on real parts: a VictoriaLogs with log lines, three workers, one killed half way",
    )
    .option("--nats <url>", "the NATS server to use (NATS_URL); a private one when not given")
    .option("--workers <n>", "worker processes", wholeNumber(1, 64), 3)
    .option("--lines <n>", "log lines that the target must have", wholeNumber(1, 10_000_000), 200_000)
    .option("--no-kill", "let all workers live")
    .option("--lines-only", "write the log lines into the target, and run nothing", false)
    .addOption(
      new Option(
        "--secure",
        "a private system that speaks TLS alone, with a key and permissions for each role",
      )
        .conflicts("nats")
        .default(false),
    )
    .option("--out <folder>", "write the report's files there; results/<run> when not given")
    .option("--json", "print the report as JSON", false)
    .option("--quiet", "print nothing but the summary and errors", false)
    .action(ends(later(async () => (await import("./commands/demo.ts")).demoCommand)));

  machineCommands(program, ends);
  serviceCommands(program);
  return program;
}

/** What concerns this machine and what is installed on it. */
function machineCommands(program: Command, ends: Ends): void {
  program
    .command("engines")
    .description("list the engines that a config may choose, and what of their targets can be asked")
    .option("--json", "print them as JSON", false)
    .action(ends(later(async () => (await import("./commands/engines.ts")).enginesCommand)));

  program
    .command("schema")
    .addArgument(new Argument("[which]").choices(SCHEMAS).default("config"))
    .description("print the JSON Schema of a config, for editors; or the API as OpenAPI or AsyncAPI")
    .option("--write <file>", "write it to a file")
    .action(ends(schemaCommand));
}

/** The services, for the help: the one door starts them itself. */
function serviceCommands(program: Command): void {
  for (const [role, words] of [
    ["coordinator", "plans, publishes, watches"],
    ["worker", "pulls slices and runs them"],
    ["aggregator", "folds results into live figures and reports"],
  ] as const) {
    const service = program.command(role);
    service.description(`run the service: ${words}; configured by the environment`);
    service.option("--settings <file>", "settings that are watched: what changes there holds at once");
    if (role === "coordinator")
      service.option("--library <folder>", "YAML files that are a part of the library (LOGBURST_LIBRARY)");
    if (role === "worker")
      service.option(
        "--exit-when-idle <seconds>",
        "end after so long without work (LOGBURST_EXIT_WHEN_IDLE)",
      );
  }
}

/** What machines and servers are made ready by. */
function deploymentCommands(program: Command, ends: Ends): void {
  program
    .command("setup")
    .addArgument(new Argument("[servers...]").choices(["nats-server", "victoria-logs", "etcd"]))
    .description(
      "fetch the servers that local runs, the demo and the tests need: NATS and VictoriaLogs, or those named",
    )
    .action(ends(setupCommand));

  configOptions(program.command("render").argument("<config>", "a BenchmarkConfig in YAML or JSON"))
    .description("print what a cluster needs to run a config on workers of its own; for kubectl apply -f -")
    .option("--scaled", "Jobs that KEDA makes as the queue grows, in place of one Job from the start", false)
    .option("--tls", "workers as those of the overlay tls, for a system whose parts speak TLS", false)
    .option("--image <image>", "of the workers")
    .option("--namespace <name>", "of all objects")
    .option("--settings <file>", "settings of the workers, which are mounted")
    .action(ends(later(async () => (await import("./commands/render.ts")).renderCommand)));

  program
    .command("nats-config")
    .description("keys for the roles, and what a nats-server must know of them: users with their permissions")
    .requiredOption("--keys <folder>", "the roles' seeds; those that are missing are made")
    .option("--account <name>", "an account of its own, on servers that others use too")
    .option("--tls-cert <file>", "the server's certificate, as the server finds it")
    .option("--tls-key <file>", "its key")
    .option("--tls-client-ca <file>", "who vouches for the certificates that clients must show")
    .action(ends(later(async () => (await import("./commands/nats-config.ts")).natsConfigCommand)));
}

/** What makes a config. */
function importCommands(program: Command, ends: Ends): void {
  program
    .command("import")
    .argument(
      "<file>",
      "VictoriaLogs' log of slow queries, an access log, or lines of JSON; - for what comes in",
    )
    .description("make a config of what a log says was asked: its queries, how often, and when")
    .option("--target <url>", "the target's address", "http://127.0.0.1:9428")
    .option("--name <name>", "the config's name", "imported")
    .option("--speed <factor>", "so many times as fast as it was", positive, 1)
    .option("--rate <qps>", "a constant rate, in place of the one that was seen", positive)
    .option("--duration <time>", "with --rate: how long")
    .option("--queries <n>", "the most frequent queries to keep", wholeNumber(1, 200), 200)
    .option("--out <file>", "write the config there")
    .action(ends(later(async () => (await import("./commands/import.ts")).importCommand)));
}

/** What shows a run that is over. */
function reportCommands(program: Command, ends: Ends): void {
  program
    .command("report")
    .argument("<file or run>", "a report.json, sealed or not, or the id of a run that is over")
    .description("show a report again")
    .option("--nats <url>", "the NATS server that has the run (NATS_URL)")
    .addOption(new Option("--format <format>").choices(["text", ...REPORT_FORMATS]).default("text"))
    .option("--check", "exit with the code that the run ended with", false)
    .option("--anonymize", "hashes in place of hosts, nodes and values of queries, for others' eyes", false)
    .option("--out <folder>", "write the report's files there")
    .action(ends(later(async () => (await import("./commands/report.ts")).reportCommand)));

  program
    .command("unseal")
    .argument("<file>", "a file that an aggregator has sealed")
    .description("print what stands in a sealed file of a report, with the keys of LOGBURST_STORE_KEYS_FILE")
    .action(ends(later(async () => (await import("./commands/report.ts")).unsealCommand)));

  program
    .command("replay")
    .argument("<run>", "the id of a run that is over, whose results are still kept")
    .description("fold the stored log of a run again and show the report")
    .option("--nats <url>", "the NATS server that has the run (NATS_URL)")
    .option("--step <seconds>", "seconds of one point of the timeline", wholeNumber(1, 86_400))
    .option("--json", "print the report as JSON", false)
    .option("--out <folder>", "write the report's files there")
    .action(ends(later(async () => (await import("./commands/replay.ts")).replayCommand)));

  program
    .command("compare")
    .argument(
      "<baseline>",
      "a report.json or the id of a run that is over; repeats of one side with commas between",
    )
    .argument("<others...>", "what is compared with it")
    .description("say what differs between runs, and whether it is more than chance")
    .option("--nats <url>", "the NATS server that has the runs (NATS_URL)")
    .addOption(new Option("--format <format>").choices(["text", "json", "markdown", "html"]).default("text"))
    .option("--min-effect <percent>", "differences up to this do not matter", share, DEFAULT_MIN_EFFECT)
    .option("--all", "show also the rows in which nothing differs", false)
    .option("--force", "compare runs of different schedules", false)
    .action(ends(later(async () => (await import("./commands/compare.ts")).compareCommand)));
}

function configOptions(command: Command): Command {
  return command
    .option("--target <url>", "the target's address (spec.target.url)")
    .option("--seed <n>", "the seed of everything random (spec.seed)", wholeNumber(0, 4_294_967_295))
    .option("--set <path=value>", "set a value of the config; may be repeated", collectOverride, []);
}

async function setupCommand(servers: readonly string[]): Promise<ExitCode> {
  const { ETCD, NATS_SERVER, obtainProgram, VICTORIA_LOGS } = await import("./local/programs.ts");
  const { createSteps } = await import("./steps.ts");
  const environment = readEnvironment();
  const step = createSteps(systemClock, (text) => process.stderr.write(text));
  const wanted = servers.length > 0 ? servers : [NATS_SERVER.name, VICTORIA_LOGS.name];
  for (const kind of [NATS_SERVER, VICTORIA_LOGS, ETCD].filter(({ name }) => wanted.includes(name))) {
    await step(
      kind.name,
      () => obtainProgram(kind, environment),
      ({ path, version }) => `${path} (${version})`,
    );
  }
  return EXIT_CODES.passed;
}

/** Says what went wrong, and gives the exit code that means it. */
function explain(error: unknown): ExitCode {
  const out = process.stderr;
  if (error instanceof BadConfigFile) {
    for (const line of error.lines) out.write(`${line}\n`);
  } else if (error instanceof ConfigProblems) {
    for (const problem of error.problems) out.write(`${formatProblem(problem, "config")}\n`);
  }
  out.write(`error: ${messageOf(error)}\n`);
  if (error instanceof LogburstError) for (const remedy of error.remedies) out.write(`  remedy: ${remedy}\n`);
  return error instanceof LogburstError && error.code === "bad_config"
    ? EXIT_CODES.badConfig
    : EXIT_CODES.error;
}
