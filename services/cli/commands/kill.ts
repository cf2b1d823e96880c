/** `logburst kill RUN`: ends a run at once; `logburst kill --all`: ends all load; `--clear`: lets runs start again; `--state`: shows it. */

import { userInfo } from "node:os";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { EXIT_CODES, type ExitCode } from "../../../libs/protocol/exit-codes.ts";
import { isoTime, systemClock } from "../../../libs/runtime/clock.ts";
import { natsUrlOf, readEnvironment } from "../../../libs/runtime/config.ts";
import { connectClient } from "../client.ts";

export interface KillOptions {
  readonly all?: boolean;
  readonly clear?: boolean;
  readonly state?: boolean;
  readonly reason: string;
  readonly nats?: string;
}

export async function killCommand(
  id: string | undefined,
  { all = false, clear = false, state = false, reason, nats }: KillOptions,
): Promise<ExitCode> {
  if (Number(all) + Number(clear) + Number(state) + Number(id !== undefined) !== 1) {
    throw new LogburstError("bad_request", "say what is to be done", {
      remedies: [
        "logburst kill RUN ends one run",
        "logburst kill --all ends all load",
        "logburst kill --clear lets runs start again",
        "logburst kill --state shows whether they may",
      ],
    });
  }
  const environment = readEnvironment();
  await using client = await connectClient(environment, nats ?? natsUrlOf(environment), systemClock);
  if (id !== undefined) {
    const { phase } = await client.ask("run.kill", { id, reason });
    process.stdout.write(`${id}: ${phase}\n`);
    return EXIT_CODES.passed;
  }
  if (state) {
    const { set, by, reason: why, at_ms: atMs } = await client.ask("kill.get", {});
    process.stdout.write(set ? `set by ${by}, ${isoTime(atMs)}: ${why}\n` : "not set: runs may start\n");
    return EXIT_CODES.passed;
  }
  await client.turnKillSwitch(all, reason, nameOfUser());
  process.stderr.write(
    all ? "all load ends; nothing starts until: logburst kill --clear\n" : "runs may start again\n",
  );
  return EXIT_CODES.passed;
}

/** For the audit trail; a container's user may have no name. */
function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    return "the command line";
  }
}
