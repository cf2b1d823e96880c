/** One question to a running system, and its answer in lines or as JSON. */

import { EXIT_CODES, type ExitCode } from "../../libs/protocol/exit-codes.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { natsUrlOf, readEnvironment } from "../../libs/runtime/config.ts";
import { type Client, connectClient } from "./client.ts";

export interface AskOptions {
  readonly nats?: string;
  readonly json: boolean;
}

/**
 * Asks a running system, and prints its answer as JSON or in lines.
 * @param hintOf what a reader should know besides; it is no part of the answer
 */
export async function askSystem<T extends object>(
  options: AskOptions,
  ask: (client: Client) => Promise<T>,
  linesOf: (answer: T) => readonly string[],
  hintOf: (answer: T) => string | undefined = () => undefined,
): Promise<ExitCode> {
  const environment = readEnvironment();
  await using client = await connectClient(environment, options.nats ?? natsUrlOf(environment), systemClock);
  const answer = await ask(client);
  const lines = options.json ? [JSON.stringify(answer)] : linesOf(answer);
  for (const line of lines) process.stdout.write(`${line}\n`);
  const hint = options.json ? undefined : hintOf(answer);
  if (hint !== undefined) process.stderr.write(`${hint}\n`);
  return EXIT_CODES.passed;
}
