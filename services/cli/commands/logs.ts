/** `logburst logs`: the last log lines about a run or of a service, and those that come. */

import { LogburstError } from "../../../libs/protocol/errors.ts";
import { EXIT_CODES, type ExitCode } from "../../../libs/protocol/exit-codes.ts";
import { isAtLeast, type LogLevel, type LogLine } from "../../../libs/protocol/log-line.ts";
import { isoTime, systemClock } from "../../../libs/runtime/clock.ts";
import { natsUrlOf, readEnvironment } from "../../../libs/runtime/config.ts";
import { connectClient } from "../client.ts";

export async function logsCommand(
  id: string | undefined,
  options: {
    nats?: string;
    json: boolean;
    node?: string;
    level?: LogLevel;
    limit: number;
    follow: boolean;
  },
): Promise<ExitCode> {
  const { node, level, limit } = options;
  if ((id === undefined) === (node === undefined)) {
    throw new LogburstError("bad_request", "name a run, or a service with --node", {
      remedies: ["logburst list and logburst nodes show what there is"],
    });
  }
  const print = (line: LogLine) =>
    process.stdout.write(`${options.json ? JSON.stringify(line) : inWords(line)}\n`);
  const environment = readEnvironment();
  await using client = await connectClient(environment, options.nats ?? natsUrlOf(environment), systemClock);
  const { lines } =
    id === undefined
      ? await client.ask("node.logs", { node: node ?? "", level, limit })
      : await client.ask("run.logs", { id, level, limit });
  for (const line of lines) print(line);
  if (lines.length === 0 && !options.json)
    process.stderr.write(`the leader has heard no such line of ${id ?? node} since it is there\n`);
  if (!options.follow) return EXIT_CODES.passed;
  client.tail(node, (line) => {
    if ((id === undefined || line.run_id === id) && isAtLeast(line.level, level ?? "trace")) print(line);
  });
  await new Promise((resolve) => process.once("SIGINT", resolve));
  return EXIT_CODES.passed;
}

function inWords({ time_ms, level, node_id, msg, fields }: LogLine): string {
  const rest = fields === undefined ? "" : ` ${JSON.stringify(fields)}`;
  return `${isoTime(time_ms)} ${level.padEnd(5)} ${node_id} ${msg}${rest}`;
}
